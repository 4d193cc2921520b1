"""The daily sync report: one a day whatever happens, mailed once to each System Admin who wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from backoffice import demo_clock
from jobs import leases
from notifications import preferences
from notifications.messages import ledger_readable_by
from notifications.models import EmailNotification, LedgerEntry
from people.enums import Status as PersonStatus
from tests.factories import files, people
from tests.tickets.conftest import House
from tests.tickets.workflow.conftest import Calls, message
from tests.tickets.workflow.remote import Remote
from tickets import lifecycle
from tickets.models import SyncReport, WorkflowDelivery
from tickets.workflow import report

pytestmark = pytest.mark.django_db

At = Callable[[datetime], None]


@pytest.fixture
def at() -> Iterator[At]:
    """It is that moment from now on, also for what columns have as their default."""
    with ExitStack() as stack:
        yield lambda moment: stack.enter_context(demo_clock.at(moment))


MORNING = datetime(2026, 3, 11, 6, 12, tzinfo=UTC)
YESTERDAY = date(2026, 3, 10)


def mails() -> list[str]:
    return sorted(EmailNotification.objects.filter(message="sync_report").values_list("recipient_email", flat=True))


def test_it_counts_what_a_day_brought(house: House, remote: Remote, call: Calls, at: At) -> None:
    at(MORNING - timedelta(days=1))
    # Those of the house came before.
    registered = SyncReport(**report.numbers_of(YESTERDAY)).registered
    ticket = house.open(files=[files.staged(house.ana)])
    house.new()
    leases.drain(WorkflowDelivery)
    call(message(ticket, "WORKING"))
    call(message(ticket, "NOBODY_KNOWS"))
    refused = house.open()
    remote.answers(422)
    leases.drain(WorkflowDelivery)
    people.person(PersonStatus.PENDING)
    at(MORNING)
    house.new()  # of today
    assert report.make_due()
    row = SyncReport.objects.get(day=YESTERDAY)
    assert (row.created, row.synced, row.failed, row.waiting) == (3, 1, 1, 0)
    assert (row.answers, row.applied, row.unsettled) == (2, 1, 1)
    assert row.stuck == 1, refused
    assert (row.registered, row.pending) == (registered + 1, 1)
    assert row.files == 1
    assert row.file_bytes > 0


def test_a_day_has_one_report_and_each_admin_one_mail_however_often_it_is_called(
    house: House, remote: Remote, at: At
) -> None:
    people.admin(email="left@example.com", status=PersonStatus.SUSPENDED)
    at(MORNING)
    assert [made.day for made in report.make_due()] == [YESTERDAY]
    assert report.make_due() == []
    at(MORNING + timedelta(hours=3))
    assert report.make_due() == []
    assert mails() == ["dora@example.com"]
    mail = EmailNotification.objects.get(message="sync_report")
    assert mail.subject == "Sync report for March 10, 2026"


def test_two_workers_at_once_make_one(house: House, remote: Remote, at: At) -> None:
    at(MORNING)
    SyncReport.objects.create(day=YESTERDAY)
    assert report._made(YESTERDAY, is_mailed=True) is None
    assert mails() == []


def test_it_is_made_in_the_morning_of_this_place_and_days_that_were_missed_are_made_up_for_without_mails(
    house: House, remote: Remote, at: At, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    at(MORNING)
    assert [made.day for made in report.make_due()] == [YESTERDAY]
    at(datetime(2026, 3, 14, 4, 59, tzinfo=UTC))
    assert report.make_due() == []
    at(datetime(2026, 3, 14, 5, 1, tzinfo=UTC))
    assert [made.day.day for made in report.make_due()] == [11, 12, 13]
    assert mails() == ["dora@example.com"] * 2


def test_who_does_not_want_it_is_not_mailed(house: House, remote: Remote, at: At) -> None:
    people.admin(email="olu@example.com")
    kinds = {choice.kind.name for choice in preferences.choices_of(house.dora)}
    assert "sync_report" in kinds
    assert "sync_report" not in {choice.kind.name for choice in preferences.choices_of(house.bea)}
    preferences.choose(house.dora, {"sync_report": []})
    at(MORNING)
    report.make_due()
    assert mails() == ["olu@example.com"]


def test_without_a_workflow_system_there_is_none(house: House, settings: Any, at: At) -> None:
    settings.EXTERNAL_WORKFLOW_API_URL = None
    at(MORNING)
    assert report.make_due() == []
    assert not SyncReport.objects.exists()


def test_the_mail_says_whether_something_needs_somebody(
    house: House, remote: Remote, at: At, mailoutbox: list[Any]
) -> None:
    at(MORNING - timedelta(days=1))
    lifecycle.withdraw(house.open(), by=house.ana)
    remote.answers(422)
    leases.drain(WorkflowDelivery)
    leases.drain(EmailNotification)
    mailoutbox.clear()
    at(MORNING)
    report.make_due()
    leases.drain(EmailNotification)
    mail = next(mail for mail in mailoutbox if "Sync report" in mail.subject)
    assert "something did not get through" in mail.body
    assert "Failed: " in mail.body
    assert "/admin/tickets/syncreport/" in mail.body
    assert "something did not get through" in mail.alternatives[0][0]


@pytest.mark.parametrize(
    ("waiting", "said", "todo"),
    [
        (0, "everything got through to the workflow system", "There is nothing for you to do."),
        (1, "nothing failed, but 1 delivery to the workflow system still waits.", "What waits goes out by itself."),
        (2, "nothing failed, but 2 deliveries to the workflow system still wait.", "What waits goes out by itself."),
    ],
)
def test_it_does_not_say_that_everything_got_through_while_something_waits(
    house: House, remote: Remote, at: At, mailoutbox: list[Any], waiting: int, said: str, todo: str
) -> None:
    at(MORNING - timedelta(days=1))
    house.open()
    leases.drain(WorkflowDelivery)
    at(MORNING)
    for _each in range(waiting):
        house.open()
    report.make_due()
    leases.drain(EmailNotification)
    mail = next(mail for mail in mailoutbox if "Sync report" in mail.subject)
    for body in (mail.body, mail.alternatives[0][0]):
        assert said in body
        assert todo in body
        assert ("everything got through" in body) == (not waiting)


def test_it_is_read_in_the_back_office_by_system_admins_alone(
    client: Client, house: House, remote: Remote, at: At
) -> None:
    at(MORNING)
    report.make_due()
    row = SyncReport.objects.get()
    for person, status in ((house.dora, 200), (house.bea, 403)):
        client.force_login(person)
        assert client.get("/admin/tickets/syncreport/").status_code == status
        assert client.get(f"/admin/tickets/syncreport/{row.pk}/change/").status_code == status


def test_who_was_told_of_it_stands_on_its_page_and_in_the_ledger(
    client: Client, house: House, remote: Remote, at: At
) -> None:
    off = people.admin(first_name="Olu", email="olu@example.com")
    preferences.choose(off, {"sync_report": []})
    at(MORNING)
    report.make_due()
    made_up_for = SyncReport.objects.create(day=date(2026, 3, 1))
    client.force_login(house.dora)
    page = client.get(f"/admin/tickets/syncreport/{SyncReport.objects.get(day=YESTERDAY).pk}/change/").text
    assert f"{house.dora.get_full_name()}: e-mail (waiting)" in page
    assert f"{off.get_full_name()}: They chose not to be told of this." in page
    page = client.get(f"/admin/tickets/syncreport/{made_up_for.pk}/change/").text
    assert "Nobody: it was counted later." in page
    entry = LedgerEntry.objects.get(event="sync_report")
    address = f"/admin/notifications/ledgerentry/{entry.pk}/change/"
    assert f"{house.dora.get_full_name()}: e-mail (waiting)" in client.get(address).text
    client.force_login(house.bea)
    assert client.get(address).status_code == 403
    assert not LedgerEntry.objects.filter(ledger_readable_by(house.bea)).exists()
