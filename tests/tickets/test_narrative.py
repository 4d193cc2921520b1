"""The history of a ticket in sentences: every verb has its own, and an unknown one breaks nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from audit.actors import SYSTEM, WORKFLOW
from audit.history import note
from tests.source import ROOT
from tests.tickets.conftest import House
from tickets import conversation, lifecycle, narrative, rules
from tickets.enums import Status
from tickets.models import CategoryField, Ticket
from tickets.timeline import _ICONS, FOR_REQUESTER

pytestmark = pytest.mark.django_db


def told(ticket: Ticket) -> str:
    """The sentence of the last thing that happened to it."""
    rows = list(ticket.history.order_by("-history_id")[:2])
    return narrative.sentence(*rows)


def name(person) -> str:
    return person.get_full_name()


def test_submitting_and_editing(house: House):
    ticket = house.new()
    assert told(ticket) == f"{name(house.ana)} submitted the ticket."
    ticket = lifecycle.edit(ticket, by=house.ana, subject="Laptop is still dead", description="Nothing helps at all.")
    assert told(ticket) == f"{name(house.ana)} edited the request."


def test_approving_says_where_it_is_now(house: House):
    assert told(house.open()) == f"{name(house.dora)} approved it: it is with IT Department now."
    given = lifecycle.approve(
        house.new(), by=house.dora, priority="High", department=house.it, assignee=house.bea
    )  # fmt: skip
    assert told(given) == f"{name(house.dora)} approved it and gave it to {name(house.bea)} (IT Department)."


def test_claiming_assigning_and_starting(house: House):
    ticket = house.in_progress()
    assert told(ticket) == f"{name(house.bea)} took it on."
    ticket = lifecycle.assign(ticket, by=house.bea, assignee=house.dora)
    assert told(ticket) == f"{name(house.bea)} gave it to {name(house.dora)}."
    ticket = lifecycle.assign(ticket, by=house.bea, assignee=None)
    assert told(ticket) == f"{name(house.bea)} took it from {name(house.dora)}; nobody has it now."
    assert told(lifecycle.start(house.open(), by=house.dora)) == f"{name(house.dora)} started to work on it."


def test_holding_says_until_when_with_the_year_only_where_it_is_another(house: House):
    assert told(house.on_hold()) == f"{name(house.bea)} put it on hold."
    tomorrow = timezone.localdate() + timedelta(days=1)
    words = told(house.on_hold(resume_date=tomorrow))
    assert words.startswith(f"{name(house.bea)} put it on hold until {tomorrow.day} {tomorrow:%B}")
    far = date(timezone.localdate().year + 2, 5, 3)
    assert told(house.on_hold(resume_date=far)) == f"{name(house.bea)} put it on hold until 3 May {far.year}."


def test_resuming_by_a_person_and_by_us(house: House):
    assert told(lifecycle.resume(house.on_hold(), by=house.bea)) == f"{name(house.bea)} took it off hold: work goes on."
    ticket = house.on_hold(resume_date=timezone.localdate() + timedelta(days=1))
    Ticket.objects.filter(pk=ticket.pk).update(resume_date=timezone.localdate())
    assert told(lifecycle.resume(ticket, by=SYSTEM)) == "SmartSupport took it off hold: work goes on."


def test_resolving_by_a_person_and_by_the_workflow_system(house: House):
    assert told(house.resolved()) == f"{name(house.bea)} resolved it."
    ticket = lifecycle.resolve(house.open(), by=WORKFLOW, resolution="Done there.")
    assert told(ticket) == "The workflow system resolved it."


def test_closing_by_the_requester_by_us_and_for_them(house: House):
    assert told(house.closed()) == f"{name(house.ana)} said that it is solved, and closed it."
    ticket = lifecycle.close(house.resolved(), by=house.dora, reason="She told me.")
    assert told(ticket) == f"{name(house.dora)} closed it."
    rested = house.resolved()
    Ticket.objects.filter(pk=rested.pk).update(
        clock_stopped_at=timezone.now() - timedelta(days=8), submit_date=timezone.now() - timedelta(days=9)
    )
    assert told(lifecycle.close(rested, by=SYSTEM)) == "SmartSupport closed it, as no answer came."


def test_the_other_ends_and_coming_back(house: House):
    assert told(lifecycle.reject(house.new(), by=house.dora, reason="No.")) == f"{name(house.dora)} rejected it."
    assert told(lifecycle.withdraw(house.new(), by=house.ana)) == f"{name(house.ana)} withdrew it."
    assert told(lifecycle.reopen(house.closed(), by=house.ana, reason="No.")) == f"{name(house.ana)} reopened it."


def test_another_priority_and_another_department(house: House):
    ticket = lifecycle.reprioritise(house.open(), by=house.bea, priority="Critical", reason="Many wait.")
    assert told(ticket) == f"{name(house.bea)} changed the priority from Medium to Critical."
    ticket = lifecycle.transfer(ticket, by=house.bea, department=house.legal, reason="A contract.")
    assert told(ticket) == f"{name(house.bea)} passed it on to Legal."
    ticket = lifecycle.transfer(
        ticket, by=house.dora, department=house.it, reason="Other.", category=house.category("Others")
    )
    assert told(ticket) == f"{name(house.dora)} passed it on to IT Department, as “Others”."


def test_a_ticket_from_elsewhere_says_its_number_there(house: House):
    ticket = lifecycle.bring_in(
        by=house.dora, requester=house.ana, category=house.category("Others"), subject="From before",
        description="It was like this before.", status=Status.NEW, submit_date=timezone.now() - timedelta(days=900),
        external_reference="OLD-77",
    )  # fmt: skip
    assert told(ticket) == f"{name(house.dora)} brought it over from elsewhere, where its number was OLD-77."


def test_what_is_said_and_taken_back(house: House):
    ticket = house.open()
    said = conversation.comment(ticket, by=house.bea, comment="We look.")
    assert told(ticket) == f"{name(house.bea)} wrote a comment."
    conversation.comment(ticket, by=house.bea, comment="Hm.", is_internal=True)
    assert told(ticket) == f"{name(house.bea)} wrote an internal note."
    conversation.redact(said, by=house.dora, reason="A password.")
    assert told(ticket) == f"{name(house.dora)} took away the text of a comment."
    assert narrative.of_files("Ana", 1) == "Ana added a file."
    assert narrative.of_files("Ana", 3) == "Ana added 3 files."


def test_every_verb_of_the_rules_has_its_sentence_and_its_place_on_the_requesters_side():
    verbs = {*rules.RULES, "submit", "bring_in"}
    assert verbs <= narrative.TOLD_VERBS
    # What stands on their side by another way, or not at all.
    assert verbs - FOR_REQUESTER == {"comment", "note", "attach", "redact"}


@pytest.mark.parametrize("verb", ["", "melt", "x" * 40])
def test_a_verb_that_nobody_knows_gets_a_neutral_sentence(house: House, verb: str):
    ticket = Ticket.objects.get(pk=house.new().pk)
    note(ticket, by=house.dora, verb=verb)
    ticket.save()
    assert told(ticket) == f"{name(house.dora)} changed the ticket ({verb or 'unnamed'})."


def test_names_with_signs_of_formats_stay_names(house: House):
    house.ana.first_name, house.ana.last_name = "%(who)s", "100 % {x}"
    house.ana.save()
    assert told(house.new()) == "%(who)s 100 % {x} submitted the ticket."


def test_every_icon_is_drawn():
    drawn = set(re.findall(r'id="([^"]+)"', (ROOT / "static/site/icons.svg").read_text()))
    used = {*_ICONS.values(), "info", "comment", "note", "file", "warning", "person", "lock"}
    assert used <= drawn


# Differences


def last_differences(ticket: Ticket) -> dict[str, tuple[str, str]]:
    rows = list(ticket.history.order_by("-history_id")[:2])
    return {each.label: (each.before, each.after) for each in narrative.differences(*rows)}


def test_what_changed_is_told_column_by_column_with_names_for_keys(house: House):
    assert last_differences(house.in_progress()) == {
        "status": ("Open", "In Progress"),
        "assignee": ("none", name(house.bea)),
    }
    ticket = lifecycle.transfer(
        house.open(), by=house.dora, department=house.legal, reason="Other.", category=house.category("Others")
    )
    assert last_differences(ticket) == {
        "department": ("IT Department", "Legal"),
        "category": ("IT Support", "Others"),
    }


def test_extra_fields_are_told_by_their_labels_in_words(house: House):
    category = house.category("Others")
    CategoryField.objects.create(category=category, key="cost", label="What it costs", kind="money")
    CategoryField.objects.create(category=category, key="urgent", label="Can wait", kind="yes-no", position=1)
    ticket = house.new(category=category, details={"cost": "1250"})
    ticket = lifecycle.edit(
        ticket, by=house.ana, subject="Laptop is dead", description="It does not start since this morning.",
        details={"cost": "2000.5", "urgent": True},
    )  # fmt: skip
    assert last_differences(ticket) == {"What it costs": ("1,250.00", "2,000.50"), "Can wait": ("none", "Yes")}


def test_a_plan_tells_what_would_change_without_asking_the_database(house: House, django_assert_num_queries: Callable):
    before = Ticket.objects.select_related("assigned_to", "department", "category").get(pk=house.open().pk)
    after = lifecycle.claim(before, by=house.bea)
    with django_assert_num_queries(0):
        assert narrative.told_in_plan(before, after) == [
            "Status: Open → In Progress",
            f"Assignee: none → {name(house.bea)}",
        ]
        assert narrative.told_in_plan(before, before) == []
