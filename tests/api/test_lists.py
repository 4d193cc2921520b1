"""The list of tickets and the other lists: filters from lists, orders, pages that neither lose nor repeat a row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people.models import Department, Employee
from tests.api.program import Program, details
from tests.factories import files, people
from tests.factories.tickets import comment, quick_ticket
from tests.tickets.conftest import House
from tickets import conversation
from tickets.api.listing import ORDERS
from tickets.enums import Priority, Status
from tickets.models import CategoryField, Ticket, TicketCategory

pytestmark = pytest.mark.django_db


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["ticket_number"] for each in answer.json()["results"]]


def walk(program: Program, address: str, way: str = "next") -> list[list[str]]:
    """The pages from there on, as numbers."""
    found, link = [], address
    while link:
        answer = program.get(link)
        found.append(numbers(answer))
        link = _rest(answer.json()[way])
        assert len(found) < 50
    return found


def flat(pages: list[list[str]]) -> list[str]:
    return [number for page in pages for number in page]


def _rest(link: str | None) -> str:
    if not link:
        return ""
    parts = urlsplit(link)
    assert parts.netloc == "testserver"
    return f"{parts.path.removeprefix('/api/')}?{parts.query}"


@pytest.fixture
def seven(house: House) -> list[Ticket]:
    """All submitted in the same moment, three of one priority and four of another."""
    moment = timezone.now() - timedelta(days=3)
    made = [quick_ticket("In Progress", department=house.it, assignee=house.bea, since=moment) for _each in range(7)]
    Ticket.objects.update(priority=Priority.LOW)
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in made[:3]]).update(priority=Priority.HIGH)
    return made


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_pages_of_an_order_have_every_row_once_there_and_back(house: House, seven: list[Ticket], order: str) -> None:
    program = Program(house.bea)
    pages = walk(program, f"tickets/?ordering={order}&page_size=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(flat(pages)) == sorted(ticket.ticket_number for ticket in seven)
    whole = numbers(program.get("tickets/", {"ordering": order}))
    assert flat(pages) == whole
    opposite = order.removeprefix("-") if order.startswith("-") else f"-{order}"
    assert numbers(program.get("tickets/", {"ordering": opposite})) == whole[::-1]
    last = program.get(f"tickets/?ordering={order}&page_size=3").json()["next"]
    last = program.get(_rest(last)).json()["next"]
    back = walk(program, _rest(program.get(_rest(last)).json()["previous"]), "previous")
    assert back == [pages[1], pages[0]]


def test_priorities_go_from_the_most_to_the_least_urgent(house: House, seven: list[Ticket]) -> None:
    shown = Program(house.bea).get("tickets/", {"ordering": "priority"}).json()["results"]
    assert [each["priority"] for each in shown] == ["High"] * 3 + ["Low"] * 4


def test_a_row_that_comes_meanwhile_moves_no_page(house: House, seven: list[Ticket]) -> None:
    program = Program(house.bea)
    first = program.get("tickets/?page_size=3").json()
    quick_ticket("Open", department=house.it)
    seen = [each["ticket_number"] for each in first["results"]]
    rest = flat(walk(program, _rest(first["next"])))
    assert sorted(seen + rest) == sorted(ticket.ticket_number for ticket in seven)


def test_twenty_five_a_page_and_a_hundred_at_most(house: House) -> None:
    for _each in range(26):
        quick_ticket(requester=house.ana)
    program = Program(house.ana)
    assert len(numbers(program.get("tickets/"))) == 25
    assert len(numbers(program.get("tickets/", {"page_size": "100"}))) == 26
    for wrong in ("0", "101", "-1", "many", "٣", "9" * 50):
        assert set(details(program.get("tickets/", {"page_size": wrong}))) == {"page_size"}


def test_filters_narrow_and_words_outside_of_their_lists_are_refused_with_those_within(house: House) -> None:
    new = house.new(subject="Broken lamp")
    busy, other = house.in_progress(), house.new(category=house.category("HR Request"))
    program = Program(house.dora)
    told = {
        "status=New": {new, other}, "status=New&status=In+Progress": {new, busy, other},
        "status=New,Closed": {new, other},
        "priority=Medium": {new, busy, other}, "priority=Low": set(), "category=HR+Request": {other},
        "department=Human+Resources": {other},
        "department=Human+Resources&department=IT+Department": {new, busy, other},
        f"assigned_to={house.bea.company_id}": {busy}, "assigned_to=none": {new, other}, "assigned_to=me": set(),
        f"assigned_to=none,{house.bea.company_id}": {new, busy, other}, "assigned_to=MA999999": set(),
        "search=lamp": {new}, f"search={busy.ticket_number}": {busy}, "search=ana": {new, busy, other},
        "search=%00lamp": {new}, "status=New&category=IT+Support": {new}, "status=": {new, busy, other},
    }  # fmt: skip
    for asked, expected in told.items():
        assert set(numbers(program.get(f"tickets/?{asked}"))) == {each.ticket_number for each in expected}, asked
    for asked, name in {
        "status=Nope": "status", "priority=urgent": "priority", "category=Nothing": "category",
        "department=%00": "department",
        "assigned_to=1": "assigned_to", "assigned_to=MA1'": "assigned_to", "ordering=employee__password": "ordering",
        "stauts=New": "stauts", "status=New&status=Nope": "status", "cursor=abc": "cursor",
        "updated_since=today": "updated_since",
        "updated_since=2027-01-01": "updated_since", "updated_since=2027-01-01T00:00:00": "updated_since",
    }.items():  # fmt: skip
        assert set(details(program.get(f"tickets/?{asked}"))) == {name}, asked
    assert "In Progress" in details(program.get("tickets/?status=Nope"))["status"][0]


@pytest.mark.parametrize("name", ["assigned_to", "category", "department", "priority", "status"])
def test_an_empty_word_among_others_and_too_many_are_refused_and_never_left_out(house: House, name: str) -> None:
    ticket = house.new()
    word = {"assigned_to": "none", "category": "IT+Support", "department": "IT+Department", "priority": "Medium",
            "status": "New"}[name]  # fmt: skip
    program = Program(house.dora)
    assert numbers(program.get(f"tickets/?{name}=")) == [ticket.ticket_number]
    assert numbers(program.get("tickets/?" + "&".join([f"{name}={word}"] * 50))) == [ticket.ticket_number]
    wrong = [f"{name}={word}&{name}=", f"{name}=&{name}={word}", f"{name}=,", "&".join([f"{name}={word}"] * 51)]
    if name == "assigned_to":
        wrong.append(f"{name}={','.join(['me'] * 1_000)}")
    for asked in wrong:
        assert set(details(program.get(f"tickets/?{asked}"))) == {name}, asked[:80]
        if name in {"department", "status"}:
            accounts = asked.replace("New", "Approved")
            assert set(details(program.get(f"employees/?{accounts}"))) == {name}, accounts[:80]


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2020-01-01T00:00:00+05:30"])
def test_any_moment_can_be_asked_for(house: House, since: str) -> None:
    house.new()
    assert Program(house.ana).get("tickets/", {"updated_since": since}).status_code == 200
    assert Program(house.dora).get(f"tickets/?updated_since={since}").status_code == 200


def test_what_changed_since_is_told_by_the_moment(house: House) -> None:
    old, new = house.new(), house.new()
    Ticket.objects.filter(pk=old.pk).update(update_date=timezone.now() - timedelta(days=2))
    since = (timezone.now() - timedelta(days=1)).isoformat()
    assert numbers(Program(house.dora).get("tickets/", {"updated_since": since})) == [new.ticket_number]


def test_a_coordinator_finds_nobody_elses_by_any_filter(house: House) -> None:
    hidden = house.new(category=house.category("HR Request"), subject="Quokka food")
    program = Program(house.bea)
    for asked in ("", "department=Human+Resources", "search=quokka", f"search={hidden.ticket_number}", "search=ana",
                  "ordering=priority", "ordering=-update_date", "status=New"):  # fmt: skip
        assert numbers(program.get(f"tickets/?{asked}")) == [], asked


def test_a_cursor_is_good_for_its_order_alone_and_for_no_other_hand(house: House, seven: list[Ticket]) -> None:
    program = Program(house.bea)
    following = program.get("tickets/?page_size=2").json()["next"]
    cursor = dict(each.split("=") for each in urlsplit(following).query.split("&"))["cursor"]
    assert set(details(program.get(f"tickets/?ordering=priority&cursor={cursor}"))) == {"cursor"}
    assert set(details(program.get(f"tickets/?cursor={cursor[:-1]}"))) == {"cursor"}
    assert set(details(program.get(f"categories/?cursor={cursor}"))) == {"cursor"}
    # Somebody else's shows what that somebody may see.
    assert numbers(Program(house.eve).get(f"tickets/?cursor={cursor}&page_size=2")) == []


# The other lists


def test_categories_come_with_what_their_forms_ask(house: House) -> None:
    TicketCategory.objects.filter(name="Others").update(is_active=False)
    CategoryField.objects.filter(key="other_issue").update(is_active=False)
    shown = {each["name"]: each for each in Program(house.ana).get("categories/").json()["results"]}
    assert "Others" not in shown
    budget, it = shown["Budget Proposal"], shown["IT Support"]
    assert (budget["department"], budget["default_priority"]) == ("Budget", "Medium")
    by_key = {field["key"]: field for field in budget["fields"]}
    assert by_key["performance_end_date"]["not_before"] == "performance_start_date"
    assert (by_key["cost_items"]["kind"], by_key["cost_items"]["required"]) == ("cost items", True)
    assert it["fields"][0]["key"] == "issue_type"
    assert "other_issue" not in {field["key"] for field in it["fields"]}
    assert it["fields"][0]["choices"]


def test_departments_in_use_by_name(house: House) -> None:
    Department.objects.filter(name="Sales").update(is_active=False)
    names = [each["name"] for each in Program(house.ana).get("departments/").json()["results"]]
    assert names == sorted(names)
    assert {"Legal", "IT Department"} < set(names)
    assert "Sales" not in names


def test_lists_take_no_names_that_they_do_not_know(house: House) -> None:
    ticket, program = house.new(), Program(house.ana)
    for address in ("categories/", "departments/", f"tickets/{ticket.ticket_number}/comments/",
                    f"tickets/{ticket.ticket_number}/attachments/"):  # fmt: skip
        assert set(details(program.get(address, {"status": "New"}))) == {"status"}


# What takes one value


@pytest.mark.parametrize(
    ("address", "name", "values"),
    [
        ("tickets/", "ordering", ("priority", "-priority")),
        ("tickets/", "ordering", ("priority", "priority")),
        ("tickets/", "search", ("printer", "")),
        ("tickets/", "updated_since", ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")),
        ("tickets/", "page_size", ("1", "2")),
        ("tickets/", "cursor", ("", "")),
        ("employees/", "page_size", ("1", "2")),
        ("departments/", "cursor", ("a", "b")),
        ("categories/", "page_size", ("1", "2")),
    ],
)
def test_of_two_values_for_one_none_wins_silently(
    house: House, address: str, name: str, values: tuple[str, str]
) -> None:
    answer = Program(house.dora).get(address, {name: list(values)})
    assert details(answer) == {name: ["This can be asked for only once. Leave the others out."]}


def test_what_takes_several_takes_them(house: House) -> None:
    made = [quick_ticket(state, department=house.it) for state in (Status.NEW, Status.OPEN, Status.CLOSED)]
    found = numbers(Program(house.dora).get("tickets/", {"status": ["New", "Open"], "ordering": "ticket_number"}))
    assert found == [ticket.ticket_number for ticket in made[:2]]


# As many questions for fifty as for one


def asked(person: Employee, address: str) -> int:
    program = Program(person)
    with CaptureQueriesContext(connection) as captured:
        assert len(program.get(address).json()["results"]) > 0
    return len(captured)


@pytest.mark.parametrize("who", ["ana", "bea", "dora"])
def test_a_list_asks_as_often_for_fifty_as_for_one(house: House, who: str) -> None:
    address, person = "tickets/?page_size=100&ordering=-update_date&search=printer", getattr(house, who)

    def grow(count: int) -> None:
        for number in range(count):
            category = TicketCategory.objects.create(name=f"Kind {Ticket.objects.count()}")
            made = quick_ticket(
                Status.IN_PROGRESS, department=house.it, assignee=people.coordinator(house.it),
                requester=house.ana if number % 2 == 0 else None,
            )  # fmt: skip
            Ticket.objects.filter(pk=made.pk).update(category=category)
            comment(made, by=people.person())
            if number < 3:
                conversation.attach(made, by=house.dora, files=[files.staged(house.dora)])

    grow(2)
    few = asked(person, address)
    grow(20)
    assert asked(person, address) == few <= 8


def test_comments_ask_as_often_for_fifty_as_for_one(house: House) -> None:
    ticket = house.in_progress()
    address = f"tickets/{ticket.ticket_number}/comments/?page_size=100"
    comment(ticket, by=people.person())
    few = asked(house.ana, address)
    for _each in range(20):
        comment(ticket, by=people.person())
    assert asked(house.ana, address) == few <= 6
