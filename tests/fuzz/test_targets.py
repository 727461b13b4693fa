"""Every parser of ours against what nobody would write. Bounded and the same each time; the long run is tests/fuzz/campaign.py."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutation import mutate
from tests.fuzz.properties import PropertyBroken, check
from tests.fuzz.targets import FOUND, FROM_CALLERS, TARGETS, nasty, seeds
from triage.errors import UsageError

MUTANTS = 40
EXAMPLES = 20


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_refuses_or_understands(name: str) -> None:
    target, good = TARGETS[name], list(seeds(name))
    for data in (*nasty(), *FOUND.get(name, ())):
        check(name, target, data)
    random = Random(name)
    for _ in range(MUTANTS):
        check(name, target, mutate(random.choice(good), random))


@pytest.mark.parametrize("name", FROM_CALLERS)
def test_any_text_of_a_caller_is_taken(name: str) -> None:
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None)
    @given(
        st.one_of(
            st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
        )
    )
    def holds(data: bytes) -> None:
        check(name, TARGETS[name], data)

    holds()


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_are_good_enough_to_begin_with(name: str) -> None:
    """At least one input of each target is understood: otherwise everything above would be refused at the door."""
    assert any(check(name, TARGETS[name], data) for data in (*seeds(name), b""))


def test_the_property_can_fail() -> None:
    def raises(error: Exception):
        def target(data: bytes) -> object:
            raise error

        return target

    def echoes(data: bytes) -> object:
        raise UsageError("It is not valid.", advice=data.decode())

    def varies(data: bytes) -> object:
        raise UsageError(f"{data!r} is not valid.")

    with pytest.raises(PropertyBroken):
        check("sip_header", raises(ValueError("x")), b"x")
    with pytest.raises(PropertyBroken):
        check("sip_header", echoes, b"quillonde vashtree")
    with pytest.raises(PropertyBroken):
        [check("varying", varies, str(number).encode()) for number in range(100)]
    assert check("sip_header", raises(UsageError("No.")), b"x") is False
