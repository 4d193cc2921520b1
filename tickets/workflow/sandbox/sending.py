"""Sending callbacks as Standard Webhooks has it: signed, and again under the same id until they are answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from jobs import signatures
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.store import Row

if TYPE_CHECKING:
    from tickets.workflow.sandbox.sandbox import Sandbox

PATH = "/api/workflow/callbacks/"
SECONDS = 20.0
#: So much of an answer is kept to be shown.
ANSWER_LENGTH = 2000
#: Seconds before it is tried again: doubling up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
TIMES = {Mood.REPEATS: 3}


class Poster:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        # Without https there is nothing to check, and the list of authorities takes longer to read than a call.
        self._client = httpx.Client(timeout=SECONDS, trust_env=False, verify=sandbox.site.startswith("https:"))

    def close(self) -> None:
        self._client.close()

    def send(self, callback: Row) -> None:
        """Once, or as often as the mood has it; what came of it is noted."""
        for _time in range(TIMES.get(self._sandbox.mood, 1)):
            code, answer = self._post(callback)
        now = self._sandbox.clock()
        is_over = code is not None and code < 500 and code not in {408, 429}
        pause = min(FIRST_PAUSE * 2 ** min(callback["tries"], 10), LONGEST_PAUSE)
        self._sandbox.store.sent(
            callback["id"], code=code, answer=answer[:ANSWER_LENGTH], is_over=is_over, now=now, due=now + pause
        )

    def _post(self, callback: Row) -> tuple[int | None, str]:
        if not self._sandbox.site or not self._sandbox.callback_secret:
            return None, "Nobody said where to send it, or how to sign it."
        body = callback["body"].encode()
        moment = datetime.fromtimestamp(self._sandbox.clock(), UTC)
        signed = signatures.headers([self._sandbox.callback_secret], callback["webhook_id"], moment, body)
        headers = {"Content-Type": "application/json", **signed}
        try:
            answer = self._client.post(f"{self._sandbox.site}{PATH}", content=body, headers=headers)
        except httpx.HTTPError as error:
            return None, f"SmartSupport could not be reached ({type(error).__name__})."
        return answer.status_code, answer.text
