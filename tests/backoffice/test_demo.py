"""`manage.py demo`: the same house every time, made through the verbs, and never where people really work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import pytest_django
from django.core import mail
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from backoffice import demo_accounts, demo_clock, demo_workflow
from notifications.models import EmailNotification
from people import addresses
from people.enums import Role, Status
from people.models import Employee
from tests import shared
from tests.backoffice.conftest import House
from tests.backoffice.test_start import PRODUCTION
from tickets import queries, unreached, visits
from tickets.enums import OPEN_STATUSES
from tickets.enums import Status as TicketStatus
from tickets.models import Ticket, TicketAttachment, TicketCategory, TicketComment, WorkflowDelivery
from tickets.workflow import watching

COUNT = "from tickets.models import Ticket; print(Ticket.objects.count(), Ticket.objects.earliest('pk').ticket_number)"


@pytest.fixture(scope="module")
def demo_made(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[list[Any]]:
    """It takes seconds. The mails that went out meanwhile."""
    with shared.for_all_tests_of_a_file(django_db_blocker):
        mail.outbox.clear()
        call_command("demo", stdout=StringIO())
        yield list(mail.outbox)


@pytest.fixture
def demo(demo_made: list[Any], db: None) -> list[Any]:
    return demo_made


def test_the_three_sign_ins_work_and_have_their_roles(demo: list[Any]) -> None:
    for email, role in {
        "employee@example.com": Role.EMPLOYEE,
        "coordinator@example.com": Role.TICKET_COORDINATOR,
        "admin@example.com": Role.SYSTEM_ADMIN,
    }.items():
        person = Employee.objects.get(email=email)
        assert (person.role, person.status) == (role, Status.APPROVED)
        assert addresses.is_proven(person)
        assert Client().login(email=email, password="smartsupport")
    assert Employee.objects.get(email="coordinator@example.com").department.name == "IT Department"


def test_the_admin_gets_into_the_back_office_and_the_employee_does_not(demo: list[Any], client: Client) -> None:
    for email, status in {"admin@example.com": 200, "employee@example.com": 403}.items():
        form = {"login": email, "password": "smartsupport", "next": "/admin/"}
        assert Client().post("/accounts/login/", form, follow=True).status_code == status
    client.post("/accounts/login/", {"login": "admin@example.com", "password": "smartsupport"})
    page = client.get("/admin/").content.decode()
    assert "SmartSupport" in page
    assert "Site administration" not in page
    assert "/admin/tickets/ticket/" in page


def test_there_are_tickets_in_every_state_with_history_and_mails_that_went_to_nobody(
    demo: list[Any],
) -> None:
    assert demo == []
    assert set(Ticket.objects.values_list("status", flat=True)) == set(TicketStatus.values)
    assert 55 <= Ticket.objects.count() <= 70
    assert set(TicketCategory.objects.all()) == {
        ticket.category for ticket in Ticket.objects.select_related("category")
    }
    resolved = Ticket.objects.filter(status=TicketStatus.RESOLVED).first()
    assert resolved is not None
    assert [row.verb for row in resolved.history.order_by("pk")][:3] == ["submit", "approve", "claim"]
    assert EmailNotification.objects.filter(recipient_email="employee@example.com", status="done").exists()
    failed = EmailNotification.objects.filter(status="failed")
    assert {mail.recipient_email for mail in failed} == {demo_clock.WRONG_ADDRESS, demo_clock.FULL_MAILBOX}
    assert unreached.failed().count() == 1, "a ticket is flagged"
    assert "no such mailbox" in " ".join(mail.last_error for mail in failed)


def test_there_is_something_of_everything_to_look_at(demo: list[Any]) -> None:
    today = timezone.localdate()
    assert Ticket.history.filter(verb="reopen").exists()
    assert Ticket.objects.filter(scheduled_date__lt=today, status__in=OPEN_STATUSES).exists()
    assert Ticket.objects.filter(resume_date__gt=today).exists()
    assert Ticket.objects.filter(dynamic_data__has_key="cost_items").exists()
    assert {kind.partition("/")[0] for kind in TicketAttachment.objects.values_list("file_type", flat=True)} == {
        "application", "image", "text",
    }  # fmt: skip
    assert TicketComment.objects.filter(is_internal=True).exists()
    assert TicketComment.objects.filter(is_internal=False, attachments__isnull=False).exists()
    admin = Employee.objects.get(email="admin@example.com")
    assert all(queries.queue(name, admin).exists() for name in ("waiting", "unassigned", "on_hold", "resolved"))
    assert queries.needing_new_assignee(admin).exists()
    assert Employee.objects.filter(status=Status.PENDING).count() >= 3
    elena = Employee.objects.get(email="employee@example.com")
    assert 1 <= visits.unread_count(elena) < elena.tickets.count()
    # The workflow system knows of the last days, and the Sync doctor has something of each.
    assert WorkflowDelivery.objects.filter(status="done", response_status=201).count() >= 5
    assert not WorkflowDelivery.objects.filter(status="pending").exists()
    assert not WorkflowDelivery.objects.filter(ticket__submit_date__lt=timezone.now() - dt.timedelta(days=10)).exists()
    refused = watching.failed(admin).get()
    assert (refused.response_status, refused.ticket.subject) == (422, demo_workflow.REFUSED)
    assert watching.unapplied(admin).get().status_word == "VENDOR_REVIEW"
    worked_on = Ticket.objects.get(subject=demo_workflow.WORKED_ON)
    assert worked_on.external_assignee == demo_workflow.TECHNICIAN


def test_what_happened_long_ago_says_so_everywhere(demo: list[Any]) -> None:
    now = timezone.now()
    numbers = list(Ticket.objects.order_by("pk").values_list("ticket_number", flat=True))
    assert numbers == [f"TX{number:04}" for number in range(1, len(numbers) + 1)]
    ticket = Ticket.objects.filter(status=TicketStatus.CLOSED).earliest("submit_date")
    assert now - ticket.submit_date > dt.timedelta(days=50)
    moments = [row.history_date for row in ticket.history.order_by("pk")]
    assert moments[0] == ticket.submit_date
    assert moments == sorted(moments)
    assert moments[-1] == ticket.time_closed
    assert all(comment.created_at in moments for comment in ticket.comments.all())
    mails = EmailNotification.objects.filter(about_id=ticket.pk, about_type__model="ticket")
    assert mails.exists()
    assert all(mail.sent_at and mail.sent_at < ticket.time_closed + dt.timedelta(minutes=1) for mail in mails)
    assert not Ticket.history.filter(history_date__gt=now).exists()
    assert not Ticket.objects.filter(update_date__gt=now).exists()


def test_the_clock_moves_for_columns_too_and_is_right_again_afterwards() -> None:
    with demo_clock.at(dt.datetime(2020, 1, 1, tzinfo=dt.UTC)):
        assert timezone.localdate() == dt.date(2020, 1, 1)
        assert EmailNotification().created_at.year == 2020
        assert isinstance(dt.datetime.now(dt.UTC), timezone.datetime)  # type: ignore[attr-defined]  # Django's import
    assert abs(timezone.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


def test_a_second_demo_is_refused_and_a_second_run_is_silent(demo: list[Any]) -> None:
    with pytest.raises(CommandError, match="There are people in this database already"):
        call_command("demo")
    out = StringIO()
    call_command("demo", if_empty=True, stdout=out)
    assert out.getvalue() == ""


@pytest.mark.slow
def test_reset_starts_again_with_the_first_number(built_house: House) -> None:
    assert built_house.manage("demo").returncode == 0
    done = built_house.manage("demo", "--reset", "--size", "small")
    assert done.returncode == 0, done.stderr
    assert built_house.manage("shell", "-v", "0", "-c", COUNT).stdout.split() == ["61", "TX0001"]


def test_production_takes_no_demo(settings: Any) -> None:
    settings.APP_ENV = "production"
    with pytest.raises(CommandError, match="not in production"):
        call_command("demo", reset=True)


@pytest.mark.django_db
def test_production_with_demo_accounts_fails_its_check_until_they_are_suspended(settings: Any, demo: list[Any]) -> None:
    settings.APP_ENV = "production"
    assert "backoffice.E001" in {said.id for said in run_checks(databases=["default"])}
    Employee.objects.filter(email__in=demo_accounts.ROLES).update(
        status=Status.SUSPENDED, is_active=False, is_staff=False
    )
    assert "backoffice.E001" not in {said.id for said in run_checks(databases=["default"])}


@pytest.mark.slow
def test_serve_does_not_start_production_on_demo_accounts(built_house: House) -> None:
    assert built_house.manage("demo").returncode == 0
    built_house.give(**PRODUCTION)
    done = built_house.manage("serve")
    assert done.returncode == 2
    assert "a password everybody knows" in done.stderr
    assert "Traceback" not in done.stderr
