"""One list of what happened on a ticket, and who may read what of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.actors import WORKFLOW
from people.models import Employee
from tests.factories import people
from tests.tickets.conftest import House
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketAttachment
from tickets.timeline import Entry, Timeline, timeline

pytestmark = pytest.mark.django_db

CANARY = "canary-7f3a"


def file_on(ticket: Ticket, by: Employee, name: str = "a.pdf", **columns) -> TicketAttachment:
    return TicketAttachment.objects.create(
        ticket=ticket, uploaded_by=by, file=f"tickets/{name}", file_name=name, file_type="application/pdf",
        file_size=10, **columns,
    )  # fmt: skip


def verbs(ticket: Ticket, viewer: Employee, **given) -> list[str]:
    return [entry.verb for entry in timeline(ticket, viewer, **given).entries]


def shown(told: Timeline, viewer: Employee) -> str:
    return render_to_string("tickets/timeline/list.html", {"timeline": told, "viewer": viewer, "earlier": "?all=1"})


def whole_life(house: House) -> Ticket:
    ticket = house.open()
    conversation.comment(ticket, by=house.ana, comment="Any news?")
    lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason="They call each day.")
    lifecycle.claim(ticket, by=house.bea)
    conversation.comment(ticket, by=house.bea, comment=f"They are {CANARY} hard to please.", is_internal=True)
    lifecycle.hold(ticket, by=house.bea, reason="Waits for the supplier.")
    lifecycle.resume(ticket, by=house.bea)
    lifecycle.resolve(ticket, by=house.bea, resolution="A new battery.")
    return lifecycle.reopen(ticket, by=house.ana, reason="It is dead again.")


def test_everything_stands_in_one_list_oldest_first(house: House):
    told = timeline(whole_life(house), house.bea)
    assert [entry.verb for entry in told.entries] == [
        "submit", "approve", "comment", "reprioritise", "claim", "note", "hold", "resume", "resolve", "reopen",
    ]  # fmt: skip
    assert [entry.when for entry in told.entries] == sorted(entry.when for entry in told.entries)
    assert [entry.state for entry in told.entries if entry.state] == [
        "New", "Open", "In Progress", "On Hold", "In Progress", "Resolved", "Open",
    ]  # fmt: skip
    assert not told.has_earlier


def test_the_requester_reads_the_same_but_what_is_staffs(house: House):
    ticket = whole_life(house)
    told = timeline(ticket, house.ana)
    assert [entry.verb for entry in told.entries] == [
        "submit", "approve", "comment", "reprioritise", "claim", "hold", "resume", "resolve", "reopen",
    ]  # fmt: skip
    assert {entry.verb: entry.text for entry in told.entries if entry.text} == {
        "comment": "Any news?",
        "hold": "Waits for the supplier.",
        "resolve": "A new battery.",
        "reopen": "It is dead again.",
    }
    assert not [entry for entry in told.entries if entry.differences or entry.address or entry.browser]


@pytest.mark.parametrize("verb", ["reprioritise", "transfer"])
def test_reasons_among_staff_are_for_staff(house: House, verb: str):
    ticket = house.in_progress()
    if verb == "reprioritise":
        lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason=CANARY)
    else:
        lifecycle.transfer(ticket, by=house.bea, department=house.legal, reason=CANARY)
    of = {who: timeline(ticket, who).entries[-1] for who in (house.ana, house.dora)}
    assert [entry.verb for entry in of.values()] == [verb, verb]
    assert (of[house.ana].text, of[house.dora].text) == ("", CANARY)


def test_a_note_leaves_no_trace_on_the_requesters_side(house: House):
    ticket = house.in_progress()
    before = timeline(Ticket.objects.get(pk=ticket.pk), house.ana)
    noting = people.coordinator(house.it, first_name="Quentin", last_name=CANARY)
    said = conversation.comment(ticket, by=noting, comment=f"A {CANARY} note.", is_internal=True)
    file_on(ticket, noting, f"{CANARY}.pdf", comment=said)
    conversation.redact(
        conversation.comment(ticket, by=noting, comment="Another.", is_internal=True), by=house.dora, reason=CANARY
    )
    after = timeline(Ticket.objects.get(pk=ticket.pk), house.ana)
    assert after == before
    assert shown(after, house.ana) == shown(before, house.ana)
    for staff in (house.bea, house.dora):
        assert CANARY in shown(timeline(ticket, staff), staff)


def test_notes_neither_use_up_the_requesters_length_nor_are_counted(house: House):
    ticket = house.in_progress()
    for number in range(6):
        conversation.comment(ticket, by=house.bea, comment=f"Note {number}", is_internal=True)
    told = timeline(ticket, house.ana, most=3)
    assert [entry.verb for entry in told.entries] == ["submit", "approve", "claim"]
    assert not told.has_earlier


def test_who_may_not_see_the_ticket_gets_an_empty_list(house: House):
    ticket = whole_life(house)
    for nobody in (house.eve, house.cem, people.person("Suspended"), None):
        assert timeline(ticket, nobody) == Timeline([], has_earlier=False)


def test_on_ones_own_ticket_one_is_its_requester_whatever_ones_role(house: House):
    ticket = lifecycle.approve(house.new(by=house.dora), by=people.admin(), priority="Low", department=house.it)
    conversation.comment(ticket, by=house.bea, comment=CANARY, is_internal=True)
    assert verbs(ticket, house.dora) == ["submit", "approve"]
    assert verbs(ticket, house.bea) == ["submit", "approve", "note"]


def test_staff_read_what_changed_and_admins_where_it_came_from(house: House, client):
    ticket = house.in_progress()
    client.force_login(house.ana)
    client.post(
        f"/my/tickets/{ticket.ticket_number}/comment/", {"comment": "From a browser."},
        REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0",
    )  # fmt: skip
    client.post(f"/my/tickets/{ticket.ticket_number}/withdraw/", {"reason": "x"}, REMOTE_ADDR="192.0.2.7")
    of = {who: timeline(ticket, who).entries for who in (house.ana, house.bea, house.dora)}
    assert [(entry.verb, entry.address) for entry in of[house.dora][-2:]] == [
        ("comment", "192.0.2.7"), ("withdraw", "192.0.2.7"),
    ]  # fmt: skip
    assert "Firefox" in of[house.dora][-2].browser
    assert {entry.address + entry.browser for entry in [*of[house.bea], *of[house.ana]]} == {""}
    assert [each.after for each in of[house.bea][-1].differences] == ["Withdrawn"]
    assert of[house.ana][-1].differences == []


def test_a_redacted_comment_says_so_and_has_no_text(house: House):
    ticket = house.open()
    said = conversation.comment(ticket, by=house.ana, comment=f"My password is {CANARY}.")
    conversation.redact(said, by=house.dora, reason="A password.")
    (entry,) = [entry for entry in timeline(ticket, house.ana).entries if entry.kind == "comment"]
    assert (entry.is_redacted, entry.text, entry.files) == (True, "", [])
    assert "taken away" in shown(Timeline([entry], has_earlier=False), house.ana)
    assert verbs(ticket, house.ana) == ["submit", "approve", "comment"]
    assert timeline(ticket, house.bea).entries[-1].text == "A password."


def test_files_stand_with_what_they_came_with(house: House):
    ticket = house.open()
    said = conversation.comment(ticket, by=house.bea, comment="Fill this in.")
    of_submission = file_on(ticket, house.ana, "first.pdf", upload_date=ticket.submit_date)
    of_comment = file_on(ticket, house.bea, "form.pdf", comment=said)
    later = timezone.now() + timedelta(hours=1)
    alone = [file_on(ticket, house.ana, f"{n}.pdf", upload_date=later) for n in range(2)]
    other = file_on(ticket, house.bea, "x.pdf", upload_date=later)
    found = [(entry.verb, entry.files) for entry in timeline(ticket, house.ana).entries if entry.files]
    assert found == [("submit", [of_submission]), ("comment", [of_comment]), ("attach", alone), ("attach", [other])]
    assert timeline(ticket, house.ana).entries[-2].sentence == f"{house.ana.get_full_name()} added 2 files."


def test_the_workflow_system_speaks_under_its_own_name(house: House):
    ticket = house.open()
    conversation.comment(ticket, by=WORKFLOW, comment="Sent a technician.", is_internal=True)
    lifecycle.start(ticket, by=WORKFLOW)
    note, start = timeline(ticket, house.bea).entries[-2:]
    assert (note.who, note.who_words, start.who_words) == (None, "The workflow system", "The workflow system")
    assert start.sentence == "The workflow system started to work on it."
    assert "The workflow system" in shown(Timeline([note, start], has_earlier=False), house.bea)


def test_the_newest_are_shown_and_that_there_are_earlier_ones(house: House):
    ticket = house.open()
    for number in range(5):
        conversation.comment(ticket, by=house.ana, comment=f"Word {number}")
    told = timeline(ticket, house.ana, most=4)
    assert [entry.text for entry in told.entries] == [f"Word {number}" for number in range(1, 5)]
    assert told.has_earlier
    assert "Show earlier" in shown(told, house.ana)
    assert not timeline(ticket, house.ana, most=7).has_earlier
    assert len(timeline(ticket, house.ana, most=10**9).entries) == 7


def test_what_is_shown_last_of_the_history_is_compared_with_what_came_before(house: House):
    told = timeline(house.in_progress(), house.dora, most=1)
    assert [(entry.verb, entry.state) for entry in told.entries] == [("claim", "In Progress")]
    assert [each.before for each in told.entries[0].differences] == ["Open", "none"]


@pytest.mark.parametrize("who", ["ana", "bea", "dora"])
def test_the_statements_do_not_grow_with_what_happened(house: House, who: str):
    ticket = lifecycle.reprioritise(house.in_progress(), by=house.bea, priority="Low", reason="x")
    # Somebody had it who has it no more: their names are asked for, all in one go.
    ticket = lifecycle.assign(ticket, by=house.dora, assignee=people.coordinator(house.it))
    viewer = getattr(house, who)
    said = conversation.comment(ticket, by=house.bea, comment="First.")
    file_on(ticket, house.bea, comment=said)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(timeline(Ticket.objects.get(pk=ticket.pk), viewer), viewer)
        return len(captured)

    few = statements()
    for number in range(25):
        by = [house.ana, house.bea, people.coordinator(house.it)][number % 3]
        file_on(ticket, by, f"{number}.pdf", comment=conversation.comment(ticket, by=by, comment=f"Word {number}."))
        lifecycle.reprioritise(ticket, by=house.bea, priority=["High", "Low"][number % 2], reason="x")
        lifecycle.assign(ticket, by=house.dora, assignee=people.coordinator(house.it))
    assert len(timeline(ticket, viewer).entries) > 70
    assert statements() == few


def test_nothing_in_an_entry_can_be_changed_by_a_page():
    with pytest.raises(AttributeError):
        Entry(timezone.now(), "event", "x", None, "", "").text = "y"  # type: ignore[misc]  # that is the test


def test_a_ticket_that_came_past_the_door_has_a_page_and_an_empty_past(house, client):
    """As a table that was filled by hand has them: no history."""
    of_the_door = house.new()
    copy = Ticket(**{field.attname: getattr(of_the_door, field.attname) for field in Ticket._meta.concrete_fields})
    copy.pk, copy.ticket_number = None, "TX9000"
    Ticket.objects.bulk_create([copy])
    assert timeline(copy, house.ana).entries == []
    client.force_login(house.ana)
    assert client.get("/my/tickets/TX9000/").status_code == 200
    client.force_login(house.dora)
    assert client.get(f"/admin/tickets/ticket/{copy.pk}/change/").status_code == 200
