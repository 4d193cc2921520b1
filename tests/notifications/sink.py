"""A mail server on this machine that remembers what arrived and answers as it is told."""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class LoopbackServer(Controller):
    """Listens on a free port of 127.0.0.1; `port` is known once it is started."""

    def __init__(self, handler: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0)

    def _trigger_server(self) -> None:
        # It calls itself to begin, and would call the 0 that stands for "any port".
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Sink:
    """What arrived, and what to answer next: None accepts."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.envelopes: list[list[str]] = []
        self.answer_to_recipient: str | None = None
        self.answer_to_message: str | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer_to_recipient is not None:
            return self.answer_to_recipient
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer_to_message is not None:
            return self.answer_to_message
        self.envelopes.append(list(envelope.rcpt_tos))
        self.arrived.append(BytesParser(policy=modern).parsebytes(envelope.original_content))
        return "250 taken"
