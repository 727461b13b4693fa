"""Everything that the doctor looks at, in order."""

from __future__ import annotations

import asyncio
from typing import Final

from triage.clock import SystemClock
from triage.config import Settings
from triage.doctor import files, running
from triage.doctor.finding import Finding, guarded

LIVE: Final = ("processes", "tls", "client_certificates", "memory", "audit_log")
CHECKS: Final = (*files.CHECKS, *LIVE)  # every code that a control may name


def examine(settings: Settings) -> list[Finding]:
    """Changes nothing but the audit log, in which a verification of a running appliance is an entry."""
    now = SystemClock().now()
    found = [guarded(name, look, settings, now) for name, look in files.CHECKS.items()]
    return [*found, *asyncio.run(running.look(settings))]
