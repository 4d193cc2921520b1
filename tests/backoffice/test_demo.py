"""`manage.py demo`: the same house every time, made through the verbs, and never where people really work."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from backoffice import demo_accounts
from notifications.models import EmailNotification
from people import addresses
from people.enums import Role, Status
from people.models import Employee
from tests.backoffice.conftest import House
from tests.backoffice.test_start import PRODUCTION
from tickets.enums import Status as TicketStatus
from tickets.models import Ticket

COUNT = "from tickets.models import Ticket; print(Ticket.objects.count(), Ticket.objects.earliest('pk').ticket_number)"


@pytest.fixture
def demo(db: None) -> None:
    call_command("demo", stdout=StringIO())


def test_the_three_sign_ins_work_and_have_their_roles(demo: None) -> None:
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


def test_the_admin_gets_into_the_back_office_and_the_employee_does_not(demo: None, client: Client) -> None:
    for email, status in {"admin@example.com": 200, "employee@example.com": 403}.items():
        form = {"login": email, "password": "smartsupport", "next": "/admin/"}
        assert Client().post("/accounts/login/", form, follow=True).status_code == status
    client.post("/accounts/login/", {"login": "admin@example.com", "password": "smartsupport"})
    page = client.get("/admin/").content.decode()
    assert "SmartSupport" in page
    assert "Site administration" not in page
    assert "/admin/tickets/ticket/" in page


def test_there_are_tickets_in_several_states_with_history_and_mails(demo: None) -> None:
    assert set(Ticket.objects.values_list("status", flat=True)) == {
        TicketStatus.NEW,
        TicketStatus.OPEN,
        TicketStatus.IN_PROGRESS,
        TicketStatus.ON_HOLD,
        TicketStatus.RESOLVED,
        TicketStatus.REJECTED,
    }
    resolved = Ticket.objects.get(status=TicketStatus.RESOLVED)
    assert [row.verb for row in resolved.history.order_by("pk")] == ["submit", "approve", "claim", "resolve"]
    assert EmailNotification.objects.filter(recipient_email="employee@example.com").exists()


def test_a_second_demo_is_refused_and_a_second_run_is_silent(demo: None) -> None:
    with pytest.raises(CommandError, match="There are people in this database already"):
        call_command("demo")
    out = StringIO()
    call_command("demo", if_empty=True, stdout=out)
    assert out.getvalue() == ""


def test_reset_starts_again_with_the_first_number(built_house: House) -> None:
    assert built_house.manage("demo").returncode == 0
    done = built_house.manage("demo", "--reset", "--size", "small")
    assert done.returncode == 0, done.stderr
    assert built_house.manage("shell", "-v", "0", "-c", COUNT).stdout.split() == ["6", "TX0001"]


def test_production_takes_no_demo(settings: Any) -> None:
    settings.APP_ENV = "production"
    with pytest.raises(CommandError, match="not in production"):
        call_command("demo", reset=True)


@pytest.mark.django_db
def test_production_with_demo_accounts_fails_its_check_until_they_are_suspended(settings: Any, demo: None) -> None:
    settings.APP_ENV = "production"
    assert "backoffice.E001" in {said.id for said in run_checks(databases=["default"])}
    Employee.objects.filter(email__in=demo_accounts.ROLES).update(
        status=Status.SUSPENDED, is_active=False, is_staff=False
    )
    assert "backoffice.E001" not in {said.id for said in run_checks(databases=["default"])}


def test_serve_does_not_start_production_on_demo_accounts(built_house: House) -> None:
    assert built_house.manage("demo").returncode == 0
    built_house.give(**PRODUCTION)
    done = built_house.manage("serve")
    assert done.returncode == 2
    assert "a password everybody knows" in done.stderr
    assert "Traceback" not in done.stderr
