"""Verbs over many tickets: the plan ticket by ticket, what is refused and why, the mails, and what is applied."""

from __future__ import annotations

import pytest

from jobs.models import Run, RunRow
from notifications.models import EmailNotification
from tests.factories import people
from tests.tickets.admin.test_list import LIST
from tickets import lifecycle, rules
from tickets.enums import Status
from tickets.models import Ticket
from tickets.verbs import BULK_VERBS, VERBS, for_bulk

pytestmark = pytest.mark.django_db


def plan(client, person, verb: str, tickets=(), query: str = "", **posted) -> Run:
    client.force_login(person)
    ticked = {"_selected_action": [ticket.pk for ticket in tickets]}
    answer = client.post(f"{LIST}{query}", {"action": verb, **ticked, **posted})
    assert answer.status_code == 302, answer.status_code
    return Run.objects.latest("pk")


def rows(run: Run) -> dict[str, RunRow]:
    names = dict(Ticket.objects.values_list("pk", "ticket_number"))
    return {names.get(row.payload["key"], "?"): row for row in run.rows.order_by("number")}


def apply(client, run: Run) -> Run:
    from jobs import leases

    verb = next(verb for verb in BULK_VERBS if verb.slug == run.params["verb"])
    posted = {"with_values": "1", **run.params["values"]} if verb.form(None).fields else {}
    client.post(f"/admin/jobs/run/{run.pk}/apply/", posted)
    run = Run.objects.get(pk=run.pk)
    if leases.claim(run):
        leases.work(run)
    return Run.objects.get(pk=run.pk)


def now(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_approving_many_keeps_what_each_has_and_says_who_is_mailed(client, house):
    first, second = house.new(), house.new(category=house.category("HR Request"))
    EmailNotification.objects.all().delete()
    run = plan(client, house.dora, "approve", [first, second])
    told = rows(run)[first.ticket_number].sentences
    assert any("New → Open" in sentence for sentence in told)
    assert any(f"Mail to {house.ana.email}" in sentence for sentence in told)
    assert any(f"Mail to {house.bea.email}" in sentence for sentence in told)
    assert EmailNotification.objects.count() == 0
    assert now(first).status == "New"
    apply(client, run)
    assert (now(first).status, now(first).department) == ("Open", house.it)
    assert (now(second).status, now(second).department) == ("Open", second.department)
    assert EmailNotification.objects.filter(recipient=house.ana).count() == 2


def test_what_is_not_possible_is_refused_with_its_reason_and_the_rest_is_done(client, house):
    good, own, closed = house.open(), house.open(by=house.bea), house.closed()
    run = plan(client, house.bea, "claim", [good, own, closed])
    planned = rows(run)
    assert planned[good.ticket_number].outcome == "good"
    assert "You asked for this yourself" in planned[own.ticket_number].sentences[0]
    assert "A ticket that is “Closed” can't be claimed." in planned[closed.ticket_number].sentences[0]
    apply(client, run)
    assert (now(good).status, now(good).assigned_to) == ("In Progress", house.bea)
    assert (now(own).status, now(closed).status) == ("Open", "Closed")


def test_a_ticket_that_one_may_not_see_is_not_there(client, house):
    ticket = house.open()
    client.force_login(house.cem)
    answer = client.post(LIST, {"action": "claim", "_selected_action": [ticket.pk]}, follow=True)
    assert ticket.ticket_number not in answer.content.decode()
    assert not Run.objects.exists()
    nowhere = client.post(LIST, {"action": "claim", "_selected_action": [10**9]}, follow=True)
    assert nowhere.status_code == answer.status_code == 200


def test_all_that_match_are_those_of_the_queue_and_its_filters(client, house):
    open_ones = [house.open() for _each in range(3)]
    other = lifecycle.approve(house.new(), by=house.dora, priority="High", department=house.it)
    run = plan(client, house.bea, "claim", query="?queue=unassigned&priority=Medium", select_across="1")
    assert set(rows(run)) == {ticket.ticket_number for ticket in open_ones}
    everything = plan(client, house.bea, "claim", query="?queue=unassigned", select_across="1")
    assert other.ticket_number in rows(everything)


def test_a_change_since_the_plan_is_refused_and_can_be_planned_anew(client, house):
    ticket, other = house.open(), house.open()
    run = plan(client, house.bea, "claim", [ticket, other])
    lifecycle.reprioritise(ticket, by=house.dora, priority="High", reason="Many wait.")
    apply(client, run)
    assert (now(ticket).status, now(other).status) == ("Open", "In Progress")
    assert "changed this since the plan" in rows(run)[ticket.ticket_number].sentences[0]
    client.post(f"/admin/jobs/run/{run.pk}/retry/")
    again = Run.objects.latest("pk")
    apply(client, again)
    assert now(ticket).assigned_to == house.bea


def test_assigning_many_asks_to_whom_and_refuses_their_own(client, house):
    ben = people.coordinator(house.it, first_name="Ben")
    ticket, own = house.open(), house.open(by=ben)
    run = plan(client, house.bea, "assign", [ticket, own])
    assert {row.outcome for row in rows(run).values()} == {"good"}
    run = plan(client, house.bea, "assign", [ticket, own], assigned_to=str(ben.pk))
    assert "Somebody else than the requester" in rows(run)[own.ticket_number].sentences[0]
    apply(client, run)
    assert now(ticket).assigned_to == ben
    run = plan(client, house.bea, "assign", [ticket], assigned_to="nobody")
    apply(client, run)
    assert now(ticket).assigned_to is None


VALUES = {
    "approve": {"priority": "High", "department": "keep", "assigned_to": ""},
    "reject": {"reason": "We have none."},
    "claim": {},
    "assign": {"assigned_to": "ADMIN"},
    "start": {},
    "hold": {"reason": "Waits for parts.", "resume_date": ""},
    "resume": {},
    "resolve": {"resolution": "New drum."},
    "close": {"reason": "They said so on the phone."},
    "reopen": {"reason": "Broken again."},
    "withdraw": {"reason": "They need it no more."},
    "reprioritise": {"priority": "Critical", "reason": "Many wait."},
    "transfer": {"department": "LEGAL", "reason": "A contract."},
}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.slug)
def test_every_verb_goes_through_in_bulk(client, house, verb):
    make = {
        Status.NEW: house.new,
        Status.OPEN: house.open,
        Status.ON_HOLD: house.on_hold,
        Status.RESOLVED: house.resolved,
    }
    state = next(state for state in make if state in rules.RULES[verb.name].sources)
    ticket = make[state]()
    keys = {"ADMIN": str(house.dora.pk), "LEGAL": str(house.legal.pk)}
    values = {name: keys.get(value, value) for name, value in VALUES[verb.slug].items()}
    run = apply(client, plan(client, house.dora, verb.slug, [ticket], **values))
    assert [row.outcome for row in run.rows.all()] == ["applied"], [row.sentences for row in run.rows.all()]
    assert now(ticket).history.first().verb == verb.name


def test_a_coordinator_is_offered_what_coordinators_do(client, house):
    offered = {verb.slug for verb in for_bulk("Ticket Coordinator")}
    assert offered == {
        "claim", "assign", "start", "hold", "resume", "resolve", "reopen", "reprioritise", "transfer",
    }  # fmt: skip
    assert [verb.slug for verb in for_bulk("System Admin", ["Resolved"])] == ["close", "reopen"]
    ticket = house.new()
    client.force_login(house.bea)
    assert client.post(LIST, {"action": "approve", "_selected_action": [ticket.pk]}).status_code == 403
    clerk = people.clerk()
    client.force_login(clerk)
    assert client.post(LIST, {"action": "claim", "_selected_action": [ticket.pk]}).status_code == 403


def test_a_plan_over_many_asks_no_more_for_each_than_it_must(client, house, django_assert_max_num_queries):
    tickets = [house.open() for _each in range(10)]
    with django_assert_max_num_queries(60 + 30 * len(tickets)):
        plan(client, house.bea, "claim", tickets)
