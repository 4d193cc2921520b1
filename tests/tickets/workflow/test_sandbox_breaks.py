"""What the sandbox keeps is whole whatever breaks in between, and what breaks stops none of its threads.

Its own database is made to fail, by triggers: as it does when a disk is full.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from jobs import signatures
from tests.tickets.workflow.remote import Call, Remote
from tickets.workflow.sandbox.sandbox import Sandbox

#: Nothing happens by itself within a test.
NEVER = 3600.0


@pytest.fixture
def site(one_remote: Remote) -> Remote:
    """Where SmartSupport would be."""
    one_remote.calls, one_remote.on_call = [], None
    one_remote.answers(200)
    return one_remote


@pytest.fixture
def sandbox(site: Remote) -> Iterator[Sandbox]:
    with Sandbox(site=root_of(site), callback_secret=signatures.new_secret(), pace=NEVER) as made:
        yield made


def root_of(site: Remote) -> str:
    return site.url.removesuffix("/api/deliveries/")


def breaks(sandbox: Sandbox, when: str) -> Callable[[], Any]:
    """From now on statements `when` fail. Answers what ends it."""
    sandbox.store.ask(f"CREATE TRIGGER full BEFORE {when} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    return lambda: sandbox.store.ask("DROP TRIGGER full")


def deliver(sandbox: Sandbox, number: str = "TX0001", event: str = "opened", url: str = "") -> int | None:
    """The status; None where no answer came."""
    attachments = [{"filename": "scan.pdf", "url": url}] if url else []
    body = {"ticket_id": number, "request": {"attachments": attachments}, "metadata": {"event": event}}
    headers = {"Authorization": "Bearer sandbox", "Idempotency-Key": f"{number}-{event}"}
    try:
        return httpx.post(sandbox.api_url, json=body, headers=headers).status_code
    except httpx.HTTPError:
        return None


def words_sent(site: Remote) -> list[str]:
    return [json.loads(call.raw)["status"] for call in site.calls]


def until(is_so: Callable[[], bool]) -> None:
    for _time in range(1000):
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError("It never came to that.")


@pytest.mark.parametrize("when", ["INSERT ON callback", "INSERT ON file", "INSERT ON ticket", "UPDATE ON ticket"])
def test_a_delivery_is_taken_whole_or_not_at_all(sandbox: Sandbox, when: str, capfd: Any) -> None:
    link = f"{sandbox.site}/files/x/"
    mended = breaks(sandbox, when)
    assert deliver(sandbox, url=link) is None
    tables = ("tickets", "deliveries", "files", "callbacks")
    assert [getattr(sandbox.store, table)() for table in tables] == [[], [], [], []]
    mended()
    assert deliver(sandbox, url=link) == 201
    assert [len(getattr(sandbox.store, table)()) for table in tables] == [1, 1, 1, len(sandbox.store.callbacks())]
    assert sandbox.store.tickets()[0]["openings"] == 1
    assert sandbox.work_now() == len(sandbox.store.callbacks()) > 2
    assert "the disk is full" in capfd.readouterr().err


def test_a_step_happens_whole_or_not_at_all(sandbox: Sandbox, site: Remote) -> None:
    deliver(sandbox)
    mended = breaks(sandbox, "UPDATE ON ticket")
    with pytest.raises(Exception, match="the disk is full"):
        sandbox.work_now()
    assert {row["body"] for row in sandbox.store.callbacks()} == {None}
    assert sandbox.store.tickets()[0]["word"] == "RECEIVED"
    mended()
    sandbox.work_now()
    assert words_sent(site)[-1] == sandbox.store.tickets()[0]["word"] == "COMPLETED"


def test_of_what_was_withdrawn_while_it_was_to_happen_nothing_comes(sandbox: Sandbox, site: Remote) -> None:
    deliver(sandbox)
    planned = sandbox.store.to_happen(1e18)
    deliver(sandbox, event="withdrawn")
    for step in planned:
        sandbox._happen(step)
    sandbox.work_now()
    assert sandbox.store.tickets()[0]["word"] == "CANCELLED"
    assert words_sent(site) == []


@pytest.mark.slow
@pytest.mark.parametrize("when", ["UPDATE OF body ON callback", "UPDATE OF tries ON callback"])
def test_its_work_goes_on_after_an_error_which_is_logged(
    sandbox: Sandbox, site: Remote, caplog: pytest.LogCaptureFixture, when: str
) -> None:
    mended = breaks(sandbox, f"{when} WHEN OLD.number = 'TX0001'")
    sandbox.behave(mood="well", pace=0, answers=True)
    with caplog.at_level(logging.ERROR, logger="tickets.workflow.sandbox"):
        deliver(sandbox, "TX0001")
        deliver(sandbox, "TX0002")
        # Whose turn is behind those that fail.
        until(lambda: sandbox.store.ticket("TX0002")["word"] == "COMPLETED")  # type: ignore[index]  # it is there
        until(lambda: "the disk is full" in caplog.text)
    mended()
    until(lambda: all(row["is_over"] for row in sandbox.store.callbacks()))
    assert sandbox.store.ticket("TX0001")["word"] == "COMPLETED"  # type: ignore[index]  # it is there


def test_a_file_that_can_not_be_noted_is_logged_and_the_next_is_fetched(
    sandbox: Sandbox, site: Remote, caplog: pytest.LogCaptureFixture
) -> None:
    mended = breaks(sandbox, "UPDATE ON file WHEN OLD.number = 'TX0001'")
    fetched: list[Call] = []
    site.on_call = fetched.append
    with caplog.at_level(logging.ERROR, logger="tickets.workflow.sandbox"):
        deliver(sandbox, "TX0001", url=f"{sandbox.site}/files/x/")
        sandbox.settle()
    assert "the disk is full" in caplog.text
    mended()
    deliver(sandbox, "TX0002", url=f"{sandbox.site}/files/y/")
    sandbox.settle()
    assert [call.path for call in fetched] == ["/files/x/", "/files/y/"]
    assert [bool(row["sha256"]) for row in sandbox.store.files()] == [False, True]
