"""The sample configurations of PBX and packet filter agree with the code and with themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from triage import config
from triage.telephony.gateway import USER
from triage.telephony.sip import RTP_PORTS

DEPLOY = Path(__file__).parents[2] / "deploy"


def sections(file: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """An Asterisk file: (section, [(key, value)]); a section may come more than once."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for number, raw in enumerate(file.read_text().splitlines(), 1):
        line = raw.partition(";")[0].strip()
        if not line:
            continue
        if line.startswith("["):
            found.append((line.strip("[]"), []))
            continue
        key, arrow, value = line.partition("=")
        assert arrow, f"{file.name}:{number}"
        found[-1][1].append((key.strip(), value.removeprefix(">").strip()))
    return found


def test_packet_filter_opens_the_ports_that_the_gateway_uses() -> None:
    text = (DEPLOY / "nftables.conf").read_text()
    defined = dict(re.findall(r"^define (\w+) = ([^\s#]+)", text, re.MULTILINE))
    settings = config.load(DEPLOY / "triage.toml")
    assert defined["rtp_ports"] == RTP_PORTS
    assert defined["sip_port"] == settings.gateway.sip_listen.rpartition(":")[2]
    assert defined["core_port"] == settings.core.listen.rpartition(":")[2]
    assert text.count("policy drop") == 3


@pytest.mark.skipif(shutil.which("nft") is None, reason="nftables is not installed")
def test_packet_filter_is_accepted_by_nft() -> None:
    result = subprocess.run(["nft", "-c", "-f", DEPLOY / "nftables.conf"], capture_output=True, text=True, check=False)
    if "Operation not permitted" in result.stderr:
        pytest.skip("checking a rule set needs CAP_NET_ADMIN")
    assert result.returncode == 0, result.stderr


def test_pbx_sends_the_clinic_number_to_the_gateway() -> None:
    pjsip = sections(DEPLOY / "asterisk" / "pjsip.conf")
    kinds = {(name, dict(keys)["type"]): dict(keys) for name, keys in pjsip}
    port = config.load(DEPLOY / "triage.toml").gateway.sip_listen.rpartition(":")[2]
    contact = kinds[("triage", "aor")]["contact"]
    assert contact == f"sip:{USER}@{kinds[('triage', 'identify')]['match']}:{port}"
    endpoint = kinds[("triage", "endpoint")]
    assert (endpoint["aors"], endpoint["transport"]) == ("triage", "transport-udp")
    assert endpoint["direct_media"] == "no"
    assert {value for name, keys in pjsip for key, value in keys if key == "allow"} <= {"ulaw", "alaw"}


def test_dialplan_goes_to_the_fallback_and_never_out_to_the_trunk() -> None:
    plan = dict(sections(DEPLOY / "asterisk" / "extensions.conf"))
    steps = {name: [value for _, value in keys] for name, keys in plan.items()}
    labels = set(re.findall(r"n\((\w+)\)", " ".join(steps["from-trunk"])))
    assert set(re.findall(r"\?(\w+)\)", " ".join(steps["from-trunk"]))) == labels == {"fallback", "done"}
    assert any("Dial(PJSIP/triage/" in step for step in steps["from-trunk"])
    for step in [step for all_steps in steps.values() for step in all_steps]:
        for context in re.findall(r"Goto\(([\w-]+),", step):
            assert context in plan
    dialled = re.findall(r"Dial\(PJSIP/([\w-]+)", " ".join(steps["from-triage"]))
    assert dialled == ["amara", "jonas"]
    users = {
        uri.removeprefix("sip:").partition("@")[0]
        for uri in config.load(DEPLOY / "triage.toml").triage_line.contacts.values()
    }
    fallback = config.load(DEPLOY / "triage.toml").gateway.fallback_uri.removeprefix("sip:").partition("@")[0]
    numbers = {value.partition(",")[0] for key, value in plan["from-triage"] if key == "exten"}
    assert users | {fallback} == numbers
