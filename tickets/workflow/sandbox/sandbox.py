"""The sandbox as an object: what it takes, what it does with it, and when.

with Sandbox(site=live_server.url, callback_secret=secret, mood=Mood.BUSY) as sandbox:
    …  # EXTERNAL_WORKFLOW_API_URL=sandbox.api_url, EXTERNAL_WORKFLOW_API_KEY=sandbox.api_key
    sandbox.work_now()  # whatever it had planned, at once
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from tickets.workflow.sandbox import sending
from tickets.workflow.sandbox.fetching import Fetcher
from tickets.workflow.sandbox.moods import Mood
from tickets.workflow.sandbox.server import SandboxServer
from tickets.workflow.sandbox.store import Row, Store

TECHNICIANS = ("Noor Haddad", "Jonas Weber", "Mei Tanaka", "Lucía Ortega")
#: A word that no WORKFLOW_STATUS_MAP has.
UNKNOWN_WORD = "VENDOR_REVIEW"
#: What is done about a ticket: after how many paces, which word, which note. Every third one waits in between.
USUAL = ((1, "ASSIGNED", ""), (2, "WORKING", "I am looking into it."), (4, "COMPLETED", "Done, please have a look."))
WITH_A_WAIT = (
    *USUAL[:2],
    (3, "ON_HOLD", "Waiting for a part."),
    (5, "WORKING", "The part is here."),
    (7, "COMPLETED", "Replaced the part; it works again."),
)
#: The longest that anything may wait: as good as never.
EVER = 1e18
#: Seconds: a day.
LONGEST_PACE = 86_400
#: Seconds. What fails at once would fail a thousand times.
AFTER_A_FAILURE = 1.0

Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class Sandbox:
    """site: where SmartSupport answers; "" sends no callbacks and fetches files from wherever they are.
    pace: seconds between two steps of its work. answers: whether it works by itself at all. fetches: whether it fetches
    files.
    slow: seconds it lets us wait in the mood for it. retry_after: what it asks for when it is busy.
    clock: for what it writes into its answers; how long it waits is always measured in real seconds."""

    def __init__(
        self,
        *,
        site: str = "",
        callback_secret: str = "",
        api_key: str = "sandbox",
        mood: Mood | str = Mood.WELL,
        port: int = 0,
        data: str | Path = ":memory:",
        pace: float = 8.0,
        answers: bool = True,
        fetches: bool = True,
        slow: float = 5.0,
        retry_after: int = 2,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.site, self.callback_secret, self.api_key = site.rstrip("/"), callback_secret, api_key
        self.mood, self.pace, self.answers, self.fetches = Mood(mood), pace, answers, fetches
        self.slow, self.retry_after, self.clock = slow, retry_after, clock
        self.store = Store(data)
        self.stopping = threading.Event()
        self._something_new = threading.Event()
        #: Two threads at one callback would send it twice.
        self._at_work = threading.Lock()
        self._random = random.Random(1)  # noqa: S311 - the same disorder every time
        self._server = SandboxServer(self, port)
        self._fetcher = Fetcher(self.store, self.site)
        self._post = sending.Poster(self)
        self._threads = [
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True),
            threading.Thread(target=self._fetcher.run, daemon=True),
            threading.Thread(target=self._work, daemon=True),
        ]

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self._something_new.set()
        self._fetcher.stop()
        self._server.shutdown()
        for thread in self._threads:
            thread.join(10)
        self._server.server_close()
        self._post.close()
        self.store.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def api_url(self) -> str:
        """For EXTERNAL_WORKFLOW_API_URL."""
        return f"{self.url}api/"

    def behave(self, *, mood: str, pace: float | str, answers: bool) -> None:
        """From now on. Raises ValueError for what it can't do."""
        seconds = float(pace)
        if not 0 <= seconds <= LONGEST_PACE:
            raise ValueError(f"The pace is a number of seconds from 0 to {LONGEST_PACE}.")
        self.mood, self.pace, self.answers = Mood(mood), seconds, answers
        self._something_new.set()

    # What comes

    def take(self, key: str, payload: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Take a delivery, once for each Idempotency-Key. Answers the HTTP status and the body to tell."""
        with self.store.together():
            known = self.store.delivery(key)
            if known is not None:
                self.store.came_again(key)
                return known["code"], json.loads(known["answer"])
            answer, files = self._taken(key, payload)
        if self.fetches:
            self._fetcher.add(files)
        self._something_new.set()
        return 201, answer

    def _taken(self, key: str, payload: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[int, str]]]:
        number, event = str(payload["ticket_id"]), str(_part(payload, "metadata").get("event", ""))
        now = self._later_than_last(number)
        answer = {"id": f"WF-{number}", "ticket_id": number, "received": iso(now)}
        request = _without_links(payload)
        delivery = self.store.put_delivery(key, number, event, request, answer, now=now)
        word = {"opened": "RECEIVED", "reopened": "RECEIVED", "withdrawn": "CANCELLED"}.get(event)
        self.store.put_ticket(number, _told(payload), word=word, opens=event == "opened", now=now)
        self._plan(number, event, now)
        attachments = [each for each in _part(payload, "request").get("attachments") or [] if isinstance(each, dict)]
        files = [(self.store.put_file(number, delivery, each), str(each.get("url", ""))) for each in attachments]
        return answer, files

    def _plan(self, number: str, event: str, now: float) -> None:
        """What it is going to do about it. A withdrawn ticket needs nothing any more, and a comment is read."""
        if event == "withdrawn":
            self.store.drop_plan(number)
        if event not in {"opened", "reopened"} or not self.answers:
            return
        self.store.drop_plan(number)
        place = sum(map(ord, number))
        steps = WITH_A_WAIT if place % 3 == 0 else USUAL
        if self.mood is Mood.UNKNOWN:
            steps = (*steps[:2], (2, UNKNOWN_WORD, "With the vendor now."), *steps[2:])
        technician = TECHNICIANS[place % len(TECHNICIANS)]
        last = len(steps) - 1
        planned = [
            {
                "word": word,
                "technician": technician,
                "note": "" if at == last else note,
                "resolution": note if at == last else "",
                "due": now + paces * self.pace,
            }
            for at, (paces, word, note) in enumerate(steps)
        ]
        self.store.plan(number, planned)

    # What it does

    def say(
        self, number: str, word: str, *, technician: str = "", notes: Sequence[str] = (), resolution: str = ""
    ) -> Row:
        """By hand: from now on the ticket is `word`, and SmartSupport is told at once, if it is known where that is.
        Answers the callback as sent."""
        with self.store.together():
            step = {"word": word, "technician": technician, "note": "\n".join(notes), "resolution": resolution}
            self.store.plan(number, [{**step, "due": self.clock()}])
            planned = self.store.ask("SELECT * FROM callback WHERE number = ? AND body IS NULL ORDER BY id", number)[-1]
            self._happen(planned, at_once=True)
        callback = next(row for row in self.store.callbacks(number) if row["id"] == planned["id"])
        if self.site:
            self._post.send(callback)
        return next(row for row in self.store.callbacks(number) if row["id"] == planned["id"])

    def work_now(self) -> int:
        """Everything that is planned happens, and every callback is sent once. Answers how many were sent."""
        self.settle()
        with self._at_work:
            for step in self.store.to_happen(EVER):
                self._happen(step)
            waiting = self.store.to_send(EVER)
            if self.mood is Mood.SHUFFLES:
                self._random.shuffle(waiting)
            for callback in waiting:
                self._post.send(callback)
        return len(waiting)

    def settle(self) -> None:
        """Until every file it was told of is fetched, or known not to be there."""
        self._fetcher.wait()

    def _happen(self, step: Row, *, at_once: bool = False) -> None:
        with self.store.together():
            self._note_what_happens(step, self._later_than_last(step["number"]), at_once=at_once)

    def _note_what_happens(self, step: Row, modified: float, *, at_once: bool) -> None:
        body = {
            "ticket_id": step["number"],
            "status": step["word"],
            "assigned_technician": step["technician"] or None,
            "work_notes": [note for note in step["note"].split("\n") if note],
            "resolution": step["resolution"] or None,
            "last_modified": iso(modified),
        }
        # Out of order: some wait for those that come after them.
        wait = self._random.random() * 3 * self.pace if self.mood is Mood.SHUFFLES and not at_once else 0.0
        self.store.happened(
            step,
            webhook_id=f"msg_{uuid.uuid4().hex}",
            body=json.dumps(body),
            modified=modified,
            send_at=modified + wait,
        )

    def _later_than_last(self, number: str) -> float:
        """Now; but no two changes of a ticket at the same time, as its clock may show it."""
        known = self.store.ticket(number)
        return max(self.clock(), known["modified"] + 0.001 if known else 0.0)

    def _work(self) -> None:
        """In a thread of its own, as long as it runs. What goes wrong with one is no reason to leave the others."""
        while not self.stopping.is_set():
            self._something_new.clear()
            due = self._tried(self._work_off) if self.answers else None
            self._something_new.wait(1.0 if due is None else min(1.0, max(0.05, due - self.clock())))

    def _work_off(self) -> float | None:
        """Answers when the next is due."""
        with self._at_work:
            now = self.clock()
            for step in self.store.to_happen(now):
                self._tried(self._happen, step)
            for callback in self.store.to_send(now):
                if self.stopping.is_set():
                    return None
                self._tried(self._post.send, callback)
        return self.store.next_due()

    def _tried(self, work: Callable[..., Result], *given: Any) -> Result | None:
        try:
            return work(*given)
        except Exception:
            logger.exception("The sandbox could not do this; it goes on, and tries again.")
            self.stopping.wait(AFTER_A_FAILURE)
            return None


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = payload.get(name)
    return found if isinstance(found, Mapping) else {}


def _told(payload: Mapping[str, Any]) -> dict[str, str]:
    request, customer = _part(payload, "request"), _part(payload, "customer")
    return {
        "subject": str(request.get("subject", "")),
        "description": str(request.get("description", "")),
        "priority": str(request.get("priority", "")),
        "requester": str(customer.get("name", "")),
        "department": str(_part(payload, "metadata").get("department", "")),
    }


def _without_links(payload: Any) -> Any:
    """A signed address opens a file: it is used, not kept."""
    if isinstance(payload, Mapping):
        hidden = {"url", "image"}
        return {
            name: "(signed)" if name in hidden and value else _without_links(value) for name, value in payload.items()
        }
    return [_without_links(each) for each in payload] if isinstance(payload, list) else payload
