"""One uploaded file, and many who send it along or take it back in the same moment: one of them gets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage

from audit.refusals import InvalidValues
from tests.factories import files as factory
from tests.factories import people
from tests.factories.tickets import category
from tickets import files, lifecycle
from tickets.models import StagedFile, Ticket, TicketAttachment

AtOnce = Callable[[int, Callable[[int], Any]], list[Any]]


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def test_of_many_submissions_with_the_same_files_one_is_made_and_the_others_are_refused(
    real_commits: None, at_once: AtOnce
) -> None:
    ana, kind = people.person(), category(people.department())
    given = [factory.staged(ana, f"{number}.txt") for number in range(3)]

    def submit(number: int) -> Ticket:
        # In another order each: whoever locks in the order given would wait for who waits for them.
        order = given if number % 2 else given[::-1]
        return lifecycle.submit(
            by=ana, category=kind, subject="With files", description="The same files, sent twice.", files=order
        )

    assert kinds(at_once(8, submit)) == {"Ticket": 1, "InvalidValues": 7}
    assert (Ticket.objects.count(), TicketAttachment.objects.count(), StagedFile.objects.count()) == (1, 3, 0)


def test_what_is_sent_while_it_is_taken_back_is_either_there_or_gone(real_commits: None, at_once: AtOnce) -> None:
    ana, kind = people.person(), category(people.department())
    for _round in range(5):
        row = factory.staged(ana)

        def act(number: int, row: StagedFile = row) -> Any:
            if number % 2:
                return files.discard(row.token, by=ana)
            try:
                return lifecycle.submit(
                    by=ana, category=kind, subject="With a file", description="And taken back.", files=[row]
                )
            except InvalidValues:
                return False

        outcomes = at_once(4, act)
        assert sum(bool(outcome) for outcome in outcomes) >= 1, outcomes
        is_sent = TicketAttachment.objects.filter(file=row.file.name).exists()
        assert default_storage.exists(row.file.name) is is_sent
    assert not StagedFile.objects.exists()


def test_uploads_at_once_do_not_pass_the_limit_together(
    real_commits: None, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.person()
    monkeypatch.setattr(files, "STAGED_FILES", 3)
    outcomes = at_once(8, lambda number: files.stage(factory.upload(f"{number}.txt"), by=ana))
    assert kinds(outcomes) == {"StagedFile": 3, "InvalidValues": 5}
    assert StagedFile.objects.filter(is_stored=True).count() == 3
