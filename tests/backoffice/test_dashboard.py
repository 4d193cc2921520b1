"""The start page of the back office: what waits, counted as the lists behind count, and figures of what one may see."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice import dashboard, figures
from jobs.models import LeasedRow
from notifications.models import EmailNotification
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.factories.tickets import quick_ticket, ticket
from tickets.models import Ticket, WorkflowDelivery

pytestmark = pytest.mark.django_db


def page_of(client: Client, person: Employee) -> Any:
    client.force_login(person)
    answer = client.get("/admin/")
    assert answer.status_code == 200
    return answer


def waiting(answer: Any) -> dict[str, dashboard.Waiting]:
    return {each.words: each for each in answer.context["waiting"]}


def rows_behind(client: Client, address: str) -> int:
    """How many rows the list shows; all on one page here."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    rows = answer.context.get("rows")
    return len(rows if rows is not None else answer.context["cl"].result_list)


def failed_mail(**given: Any) -> EmailNotification:
    return EmailNotification.objects.create(
        **{"recipient_email": "a@example.com"} | given, message="tickets.submitted", subject="x", template_name="x",
        status=LeasedRow.Status.FAILED, attempts=1, finished_at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def busy_house() -> Any:
    """Something behind every number of everybody."""
    it, legal = people.department(), people.department("Legal")
    chen, boss = people.coordinator(it), people.admin(first_name="Amara")
    left = people.coordinator(it, status=Status.SUSPENDED)
    yesterday, tomorrow = timezone.localdate() - dt.timedelta(days=1), timezone.localdate() + dt.timedelta(days=1)
    for department in (it, legal):
        for state in ("New", "Open", "In Progress", "On Hold", "Resolved", "Closed", "Rejected", "Withdrawn"):
            quick_ticket(state, department=department)
        quick_ticket("In Progress", department=department, assignee=left)
        quick_ticket("Open", department=department, scheduled_date=yesterday)
        quick_ticket("On Hold", department=department, resume_date=tomorrow)
    for assignee in (chen, boss):
        quick_ticket("In Progress", assignee=assignee, department=it)
    for _each in range(2):
        people.person(Status.PENDING)
    failed_mail()
    asked = quick_ticket("Closed", department=it)
    failed_mail(about=asked, recipient=asked.employee, recipient_email=asked.employee.email)
    WorkflowDelivery.objects.create(
        ticket=asked, event="opened", ticket_status="Open", status=LeasedRow.Status.FAILED, finished_at=timezone.now()
    )
    return {"admin": boss, "coordinator": chen}


@pytest.mark.parametrize("who", ["admin", "coordinator"])
def test_each_number_is_the_number_of_rows_behind_its_link(client: Client, busy_house: Any, who: str) -> None:
    answer = page_of(client, busy_house[who])
    found = waiting(answer)
    assert len(found) == (7 if who == "admin" else 6)
    assert all(each.count for each in found.values()), "nothing would be compared"
    for each in found.values():
        assert rows_behind(client, each.address) == each.count, each.words
    for state in answer.context["states"]:
        assert state["count"] > 0
        assert rows_behind(client, state["address"]) == state["count"], state["label"]


def test_a_coordinator_counts_only_what_they_may_see(client: Client, busy_house: Any) -> None:
    found = waiting(page_of(client, busy_house["coordinator"]))
    assert set(found) == {
        "Unassigned tickets", "Need a new assignee", "My tickets", "Requesters not reached", "Past the wanted day",
        "On hold, back this week",
    }  # fmt: skip
    assert found["Unassigned tickets"].count == 5
    page = client.get("/admin/").content.decode()
    assert "Legal" not in page
    assert "E-mails that failed" not in page


def test_the_page_greets_by_name_and_is_called_back_office(client: Client, busy_house: Any) -> None:
    page = page_of(client, busy_house["admin"]).content.decode()
    assert "Hello, Amara" in page
    assert "Back office | SmartSupport</title>" in page
    assert "site administration" not in page.lower()


def test_when_nothing_waits_it_says_so_and_where_to_go(client: Client) -> None:
    answer = page_of(client, people.admin())
    assert "Nothing waits for you right now." in answer.content.decode()
    assert f'href="{dashboard.tickets_at(queue="all")}"' in answer.content.decode()


def test_a_clerk_sees_what_they_can_do_and_no_figures(client: Client) -> None:
    quick_ticket("New")
    answer = page_of(client, people.clerk())
    page = answer.content.decode()
    assert "What you can do here" in page
    assert 'href="/admin/people/employee/"' in page
    assert "figures" not in answer.context
    assert "Tickets by state" not in page


def test_the_oldest_stand_first_and_lead_to_their_pages(client: Client) -> None:
    old = quick_ticket("New", since=timezone.now() - dt.timedelta(days=9))
    Ticket.objects.filter(pk=old.pk).update(submit_date=timezone.now() - dt.timedelta(days=9))
    new = quick_ticket("New")
    page = page_of(client, people.admin()).content.decode()
    places = [page.index(f"/admin/tickets/ticket/{each.pk}/change/") for each in (old, new)]
    assert places == sorted(places)


def test_more_than_a_thousand_are_not_counted_to_the_end() -> None:
    assert dashboard.Waiting("", "", "", dashboard.BOUND + 1, "").shown == "1,000+"
    assert dashboard.Waiting("", "", "", dashboard.BOUND, "").shown == "1,000"


# Figures


def test_figures_of_one_scope_are_not_shown_to_another(client: Client) -> None:
    it, legal = people.department(), people.department("Legal")
    for _each in range(3):
        quick_ticket("Open", department=legal)
    quick_ticket("Open", department=it)
    admin, of_it, of_legal = people.admin(), people.coordinator(it), people.coordinator(legal)
    nowhere = people.coordinator(None)

    def states(person: Employee) -> int:
        return sum(figures.of(person)["states"].values())

    # Twice: the second time from what was kept.
    for _round in range(2):
        assert [states(person) for person in (admin, of_legal, of_it, nowhere)] == [4, 3, 1, 0]


def test_who_changes_department_or_role_sees_other_figures_at_once() -> None:
    it, legal = people.department(), people.department("Legal")
    quick_ticket("Open", department=legal)
    person = people.coordinator(legal)
    assert figures.of(person)["states"]["Open"] == 1
    person.department = it
    assert figures.of(person)["states"]["Open"] == 0
    person.department, person.role = legal, Role.EMPLOYEE
    assert figures.of(person)["states"]["Open"] == 0


def test_figures_are_kept_for_a_minute_and_what_waits_is_not(client: Client) -> None:
    admin = people.admin()
    page_of(client, admin)
    quick_ticket("New")
    answer = client.get("/admin/")
    assert waiting(answer)["Tickets to approve"].count == 1
    assert answer.context["figures"]["states"]["New"] == 0
    cache.clear()
    assert client.get("/admin/").context["figures"]["states"]["New"] == 1


def test_the_chart_has_each_day_with_its_numbers_as_bars_and_as_a_table(client: Client) -> None:
    today = timezone.localdate()
    now = timezone.now()
    for back in (0, 0, 3, 40):
        made = quick_ticket("New")
        Ticket.objects.filter(pk=made.pk).update(submit_date=now - dt.timedelta(days=back))
    quick_ticket("Resolved", since=now)
    admin = people.admin()
    chart = figures.of(admin)["chart"]
    assert len(chart.days) == figures.DAYS
    assert chart.days[-1].day == today
    assert (chart.days[-4].submitted, chart.days[-1].resolved) == (1, 1)
    assert chart.submitted == sum(day.submitted for day in chart.days)
    assert chart.ticks == [chart.ticks[0], chart.ticks[0] // 2, 0]
    tallest = max(bar.height for day in chart.days for bar in day.bars)
    assert 0 < tallest <= figures.HEIGHT
    page = page_of(client, admin).content.decode()
    assert page.count('class="bo-day"') == figures.DAYS
    assert len(re.findall(r'<th scope="row">\d+ \w+ \d{4}</th>', page)) == figures.DAYS
    assert 'role="img" aria-label="Bars for each of the last 30 days' in page


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (2, 2), (3, 4), (5, 10), (10, 10), (11, 20), (101, 200), (999, 1000)]
)
def test_the_axis_ends_at_a_round_number_with_a_whole_half(most: int, top: int) -> None:
    assert figures.top_of(most) == top


def test_medians_are_those_of_the_department() -> None:
    legal = people.department("Legal")
    for hours in (1, 2, 30):
        made = quick_ticket("Resolved", department=legal)
        Ticket.objects.filter(pk=made.pk).update(
            response_time=dt.timedelta(hours=hours), resolution_time=dt.timedelta(hours=2 * hours)
        )
    quick_ticket("New", department=people.department())
    paces = {pace.department: pace for pace in figures.of(people.admin())["paces"]}
    assert (paces["Legal"].tickets, paces["Legal"].response, paces["Legal"].resolution) == (3, "2 h", "4 h")
    assert paces["IT Department"].response == "none yet"


def test_the_page_needs_as_few_statements_for_many_tickets_as_for_one(client: Client) -> None:
    admin = people.admin()
    ticket("New")

    def statements() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            page_of(client, admin)
        return len(asked)

    page_of(client, admin)
    few = statements()
    for _each in range(12):
        quick_ticket("New")
        quick_ticket("Open")
    assert statements() == few
    # Signing in is counted too; the page itself asks the rest.
    with CaptureQueriesContext(connection) as asked:
        client.get("/admin/")
    assert len(asked) <= 20


def test_what_people_wrote_stays_words(client: Client) -> None:
    made = quick_ticket("New")
    Ticket.objects.filter(pk=made.pk).update(subject="<img src=x onerror=alert(1)>")
    page = page_of(client, people.admin()).content.decode()
    assert "&lt;img src=x onerror" in page
    assert "<img src=x" not in page
