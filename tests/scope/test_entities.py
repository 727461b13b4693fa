import pytest

from triage.scope.entities import agrees, digits, find


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five five five oh one nine two", "5550192"),
        ("555-0192", "5550192"),
        ("double four seven", "447"),
        ("it's 5 5 5, then triple one", "555111"),
        ("no numbers here", ""),
    ],
)
def test_digits(text: str, expected: str) -> None:
    assert digits(text) == expected


@pytest.mark.parametrize("text", ["Yes.", "yeah that's right", "Correct", "mm-hm", "Sure, please", "Sí"])
def test_a_yes(text: str) -> None:
    assert agrees(text) is True


@pytest.mark.parametrize("text", ["No.", "nope", "No, that's all", "not really", "that's wrong"])
def test_a_no(text: str) -> None:
    assert agrees(text) is False


@pytest.mark.parametrize("text", ["", "the fourteenth", "my knee hurts", "well"])
def test_neither(text: str) -> None:
    assert agrees(text) is None


@pytest.mark.parametrize(
    ("text", "asked", "name"),
    [
        ("My name is Rosa Klein.", False, "Rosa Klein"),
        ("This is Tom Abara calling", False, "Tom Abara"),
        ("Rosa Klein", True, "Rosa Klein"),
        ("um, Maria del Carmen", True, "Maria del Carmen"),
    ],
)
def test_names(text: str, asked: bool, name: str) -> None:
    fact = find("name", text, asked=asked)
    assert fact is not None
    assert fact.value.reveal() == name


@pytest.mark.parametrize("text", ["yes", "I'm not sure", "I'm calling about my bill", "hello"])
def test_no_name_where_none_was_said(text: str) -> None:
    assert find("name", text, asked=True) is None


def test_the_last_date_is_the_wish() -> None:
    fact = find("date", "not on Monday, but Thursday afternoon", asked=True)
    assert fact is not None
    assert fact.value.reveal().lower() == "thursday afternoon"


def test_birth_date_is_only_taken_when_asked_or_named() -> None:
    assert find("date_of_birth", "I'd like March 3rd", asked=False) is None
    fact = find("date_of_birth", "March 3rd, 1951", asked=True)
    assert fact is not None
    assert "1951" in fact.value.reveal()
