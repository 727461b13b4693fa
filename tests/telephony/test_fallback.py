"""The gateway's own decisions when there is no core, step by step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from triage.call import events as ev
from triage.ids import LegId
from triage.telephony.fallback import SORRY_S_MIN, Fallback, LineState, Sentences, Stage, beeps, load_sentences

URI = "sip:nobody@pbx"
SENTENCES = Sentences(b"\1\0" * 8000, b"\2\0" * 8000, b"\3\0" * 8000)
CALLER_ENDED = ev.CallEnded(ev.EndReason.CALLER_HUNG_UP)


def make(transfer: str = "bridge") -> Fallback:
    return Fallback(URI, SENTENCES, transfer)  # type: ignore[arg-type]


def played(requests: list[ev.LineRequest]) -> ev.Played:
    """What comes back once the last Play among `requests` is over."""
    play = next(r for r in reversed(requests) if isinstance(r, ev.Play))
    return ev.Played(play.playback_id, len(play.pcm) // 2, True, False)


def kinds(requests: list[ev.LineRequest]) -> list[type]:
    return [type(request) for request in requests]


def test_unanswered_caller_is_answered_told_and_taken_to_the_fallback() -> None:
    fallback = make()
    assert fallback.begin(LineState(), 0) == [ev.Answer()]
    said = fallback.on(ev.CallerAnswered(), 1)
    assert [r.pcm for r in said if isinstance(r, ev.Play)] == [SENTENCES.connecting]
    dialled = fallback.on(played(said), 2)
    assert kinds(dialled) == [ev.Dial, ev.Play]
    leg = dialled[0].leg_id  # type: ignore[union-attr]
    assert fallback.on(ev.LegChanged(leg, ev.LegState.RINGING), 3) == []
    assert fallback.on(ev.LegChanged(leg, ev.LegState.ANSWERED), 4) == [ev.StopPlayback(), ev.Bridge(leg)]
    assert fallback.on(ev.LegChanged(leg, ev.LegState.BRIDGED), 4) == []
    assert fallback.on(ev.LegChanged(leg, ev.LegState.ENDED), 60) == [ev.HangUp()]


def test_bridged_caller_is_left_with_the_nurse() -> None:
    fallback = make()
    assert fallback.begin(LineState(answered=True, bridged=LegId("n"), legs={LegId("n"): ev.LegState.BRIDGED}), 0) == []
    after = fallback.on(ev.LegChanged(LegId("n"), ev.LegState.ENDED), 300)
    assert [r.pcm for r in after if isinstance(r, ev.Play)] == [SENTENCES.connecting]


def test_nurse_who_has_answered_or_will_is_bridged() -> None:
    fallback = make()
    state = LineState(answered=True, legs={LegId("n"): ev.LegState.ANSWERED})
    assert ev.Bridge(LegId("n")) in fallback.begin(state, 0)
    fallback = make()
    said = fallback.begin(LineState(answered=True, legs={LegId("n"): ev.LegState.RINGING}), 0)
    assert kinds(said) == [ev.Listen, ev.StopPlayback, ev.Play]
    dialled = fallback.on(played(said), 2)
    assert ev.DropLeg(dialled[0].leg_id) in fallback.on(ev.LegChanged(LegId("n"), ev.LegState.ANSWERED), 3)  # type: ignore[union-attr]


def test_nobody_there_is_said_again_and_again_for_a_minute_with_tries_in_between() -> None:
    fallback = make()
    said = fallback.begin(LineState(answered=True), 0)
    now, tries, sentences = 1.0, 0, 0
    requests = fallback.on(played(said), now)
    while fallback.stage is not Stage.OVER:
        assert now < 200
        now += 1
        if requests and isinstance(requests[0], ev.Dial):
            tries += 1
            requests = fallback.on(ev.LegChanged(requests[0].leg_id, ev.LegState.FAILED, 486), now)
        else:
            assert any(isinstance(r, ev.Play) and r.pcm.startswith(SENTENCES.no_one) for r in requests)
            sentences += 1
            now += 4
            requests = fallback.on(played(requests), now)
    assert requests == [ev.HangUp()]
    assert now >= SORRY_S_MIN
    assert tries >= 5
    assert sentences >= 5


def test_a_fallback_that_rings_for_ever_is_dropped() -> None:
    fallback = make()
    said = fallback.begin(LineState(answered=True), 0)
    dialled = fallback.on(played(said), 1)
    assert fallback.deadline is not None
    assert fallback.on(played(dialled), 20)  # the ringback goes on
    late = fallback.on_time(fallback.deadline)
    assert kinds(late) == [ev.DropLeg, ev.StopPlayback, ev.Play]


def test_transfer_by_refer_then_by_second_leg() -> None:
    fallback = make("refer")
    said = fallback.begin(LineState(answered=True), 0)
    referred = fallback.on(played(said), 1)
    assert referred[0] == ev.Refer(URI)
    assert kinds(fallback.on(ev.TransferOutcome(False, 404), 2))[0] is ev.Dial


@pytest.mark.parametrize("step", range(5))
def test_caller_may_leave_at_each_step(step: int) -> None:
    fallback = make()
    requests = fallback.begin(LineState(), 0)
    for n in range(step):
        match n:
            case 0:
                requests = fallback.on(ev.CallerAnswered(), n)
            case 1:
                requests = fallback.on(played(requests), n)
                leg = requests[0].leg_id  # type: ignore[union-attr]
            case 2:
                requests = fallback.on(ev.LegChanged(leg, ev.LegState.ANSWERED), n)
            case _:
                requests = fallback.on(ev.LegChanged(leg, ev.LegState.ENDED), n)
    assert fallback.on(CALLER_ENDED, 9) == []
    assert fallback.stage is Stage.OVER
    assert fallback.deadline is None


def test_a_sentence_that_is_never_reported_does_not_hold_the_caller() -> None:
    fallback = make()
    fallback.begin(LineState(answered=True), 0)
    assert fallback.deadline is not None
    assert fallback.deadline < 6
    assert kinds(fallback.on_time(fallback.deadline)) == [ev.Dial, ev.Play]


@pytest.mark.parametrize(
    "index", [None, b"", b"[]", b'{"connecting": 3}', b'{"connecting": "../../x", "no_one": "gone"}']
)
def test_unusable_sentences_become_tones(tmp_path: Path, index: bytes | None) -> None:
    if index is not None:
        (tmp_path / "gateway.json").write_bytes(index)
    sentences = load_sentences(tmp_path)
    assert max(sentences.connecting) > 0
    assert max(sentences.no_one) > 0


def test_rendered_sentences_are_used(tmp_path: Path) -> None:
    (tmp_path / "gateway.json").write_text(json.dumps({"connecting": "aa", "no_one": "bb"}))
    (tmp_path / "aa.pcm").write_bytes(b"\1\0" * 10)
    sentences = load_sentences(tmp_path)
    assert sentences.connecting == b"\1\0" * 10
    assert sentences.no_one == Sentences().no_one


def test_beeps_have_the_length_asked_for() -> None:
    assert len(beeps(0.2, 0.3, 4, 620)) == 4 * 8000
