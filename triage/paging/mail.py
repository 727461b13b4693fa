"""Mail to the nurses on call, through the clinic's own mail server (SMTP, RFC 5321). It says that somebody waits and how urgently;
nothing about the caller, since mail is kept in many places."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from triage.clock import Clock
from triage.config import Paging
from triage.desk.paging import Page
from triage.errors import EngineFailed
from triage.ids import Person
from triage.paging.inside import inside

SEND_S_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Mail:
    settings: Paging
    clock: Clock
    name: str = "mail"

    async def send(self, page: Page) -> Person | None:
        """A mail cannot take a call: None. Raises EngineFailed when the server did not take it."""
        server = self.settings.smtp or ""
        host, _, port = server.rpartition(":")
        await inside(host, int(port))
        try:
            await aiosmtplib.send(
                self._message(page), hostname=host, port=int(port), timeout=SEND_S_MAX, start_tls=self.settings.smtp_tls
            )
        except (aiosmtplib.SMTPException, OSError):
            raise EngineFailed("The mail server did not take the page.", advice=server) from None
        return None

    def _message(self, page: Page) -> EmailMessage:
        what = "a caller is waiting" if page.waiting else "a callback waits for a nurse"
        message = EmailMessage()
        message["Subject"] = f"Triage line, {page.level.word}: {what}"
        message["From"] = self.settings.mail_from
        message["To"] = ", ".join(self.settings.mail_to)
        message["Date"] = format_datetime(self.clock.now())
        message["X-Triage-Handoff"] = page.handoff_id
        message.set_content(
            f"Level {page.level.word}: {what}, and nobody has taken it.\n\nSign in to the triage line to take it. Handoff {page.handoff_id}.\n"
        )
        return message
