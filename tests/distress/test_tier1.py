"""The trained model as it is committed: held-out authors, behaviour, bad input, an altered file. Real weights, no stand-in.

The bounds are guards against a worse model, set below what was measured (models/cards/distress.md); they are not the claim.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from triage import weights
from triage.distress.classifier import Classifier
from triage.distress.evaluation import Report, Row, measure
from triage.distress.heads import FILES, Tier1
from triage.errors import EngineFailed, IntegrityError
from triage.escalation.levels import Level

ROOT = Path(__file__).resolve().parents[2]
TIER1 = ROOT / "triage" / "distress" / "tier1"
TEST = ROOT / "models" / "distress" / "corpus" / "test"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    made = Classifier.load(TIER1)
    assert not made.degraded
    return made


def rows() -> list[Row]:
    out = []
    for file in sorted(TEST.glob("*.txt")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            level, category, text = line.split("|", 2)
            out.append(Row(f"{file.stem}-{number}", text, Level.parse(level), category, file.stem))
    return out


@pytest.fixture(scope="module")
def report(classifier: Classifier) -> Report:
    return measure(rows(), classifier.classify)


def test_every_author_is_wholly_in_one_part() -> None:
    train, tune, test = (
        {file.stem for file in (TEST.parent / part).glob("*.txt")} for part in ("train", "tune", "test")
    )
    assert train
    assert tune
    assert test
    assert not train & tune
    assert not (train | tune) & test


def test_no_test_line_is_a_training_line() -> None:
    def texts(part: str) -> set[str]:
        return {
            line.split("|", 2)[2].lower()
            for file in (TEST.parent / part).rglob("*.txt")
            for line in file.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
        }

    shared = texts("test") & (texts("train") | texts("tune"))
    assert not {text for text in shared if len(text.split()) > 4}


@pytest.mark.parametrize(("group", "least"), [("danger+crisis", 0.98), ("clinical", 0.96), ("human", 0.95)])
def test_recall_on_held_out_authors(report: Report, group: str, least: float) -> None:
    assert report.acted[group].value >= least, str(report.acted[group])


def test_false_alarms_on_held_out_authors(report: Report) -> None:
    assert report.alarms["routine"].value <= 0.03, str(report.alarms["routine"])
    assert report.alarms["hard"].value <= 0.10, str(report.alarms["hard"])


@pytest.fixture(scope="module")
def found(classifier: Classifier) -> list[Row]:
    """Every sixth held-out line of danger and crisis that is found as it stands."""
    return [row for row in rows() if row.level >= Level.CRISIS and classifier.classify(row.text).act][::6]


INVARIANT = [
    "um, {}", "so hello I was calling because {}", "{} thank you", "{} and also what are your hours", "yes. {}", "{}, please",
    "well you know {}", "I mean {}", "hi there good morning {}",
]  # fmt: skip


@pytest.mark.parametrize("change", INVARIANT)
def test_fillers_and_preambles_do_not_lose_a_finding(classifier: Classifier, found: list[Row], change: str) -> None:
    """Invariance on held-out danger and crisis: at most one in twenty of what was found may be lost."""
    lost = [row.text for row in found if not classifier.classify(change.format(row.text)).act]
    assert len(lost) <= max(3, 0.05 * len(found)), lost


def test_case_and_punctuation_do_not_lose_a_finding(classifier: Classifier, found: list[Row]) -> None:
    plain = ["".join(c for c in row.text.lower() if c.isalnum() or c in " '") for row in found]
    lost = [text for text in plain if not classifier.classify(text).act]
    assert len(lost) <= max(2, 0.03 * len(found)), lost


@pytest.mark.parametrize(
    "text", ["I can't breathe", "my chest hurts and I'm sweating", "she won't wake up", "I want to kill myself"]
)
def test_right_now_never_lowers(classifier: Classifier, text: str) -> None:
    assert classifier.classify(f"{text} right now").level >= classifier.classify(text).level >= Level.CRISIS


def test_a_no_in_another_clause_never_lowers(classifier: Classifier) -> None:
    for text in ("no, I don't need an appointment, I can't breathe", "I have no insurance and I want to kill myself"):
        assert classifier.classify(text).level >= Level.CRISIS


def test_a_complaint_buried_in_much_else_is_found(classifier: Classifier) -> None:
    padding = "I wanted to ask about the parking and the bus and whether Dr. Lee still works on Fridays "
    assert classifier.classify(padding * 3 + "and my chest feels tight and heavy " + padding * 3).act


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00\x07", "😀" * 400, "word " * 10_000, "胸が痛い", "\ud800", "a" * 5_000, "‏مرحبا", "1 2 3", "…"],
)
def test_bad_input_is_never_a_failure(classifier: Classifier, text: str) -> None:
    assert classifier.classify(text).category != "classifier_failure"


def test_hits_lie_in_the_text_that_was_given(classifier: Classifier) -> None:
    text = "so yesterday " * 450 + "I have crushing chest pain"
    found = classifier.classify(text)
    assert found.level is Level.DANGER
    assert any("chest" in text[hit.start : hit.end] for hit in found.hits)


def test_an_altered_model_is_refused(tmp_path: Path) -> None:
    manifest = weights.load(ROOT / "models" / "manifest.toml")
    model = manifest.of("distress")
    folder = shutil.copytree(TIER1, tmp_path / "tier1")
    weights.verify("distress", folder, model.files, tmp_path)
    data = bytearray((folder / FILES[0]).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / FILES[0]).write_bytes(data)
    with pytest.raises(IntegrityError):
        weights.verify("distress", folder, model.files, tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_without_a_file_the_lexicon_stands_alone_and_says_so(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(TIER1, tmp_path / "tier1")
    (folder / name).unlink()
    with pytest.raises(EngineFailed):
        Tier1.load(folder)
    alone = Classifier.load(folder)
    assert alone.degraded
    assert alone.classify("my knee hurts").act


def test_the_card_names_this_model() -> None:
    card = json.loads((TIER1 / FILES[2]).read_text(encoding="utf-8"))
    manifest = weights.load(ROOT / "models" / "manifest.toml").of("distress")
    assert card["model_sha256"] == next(file.sha256 for file in manifest.files if file.name == FILES[0])
    assert (TIER1 / FILES[0]).stat().st_size <= 25_000_000
