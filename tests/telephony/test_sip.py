"""What is read out of SIP headers."""

from __future__ import annotations

import pytest

from triage.telephony.sip import user_part


@pytest.mark.parametrize(
    ("header", "user"),
    [
        ("<sip:5550123@127.0.0.1:5062>;tag=1", "5550123"),
        ('"Ann Smith" <sip:+15550123@pbx.local>', "+15550123"),
        ("sip:ann.smith@pbx", "ann.smith"),
        ("<tel:+15550123>", "+15550123"),
        ('"sip:911@x" <sip:5550123@pbx>', "5550123"),
        ("<sip:anonymous@anonymous.invalid>", ""),
        ('"Anonymous" <sip:Anonymous@pbx>', ""),
        ("<sip:pbx.local>", ""),
        ("<sip:a b@pbx>", ""),
        ("<sip:%0d%0aX@pbx>", ""),
        ("<sip:" + "9" * 65 + "@pbx>", ""),
        ("", ""),
    ],
)
def test_user_part(header: str, user: str) -> None:
    assert user_part(header) == user
