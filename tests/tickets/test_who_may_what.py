"""The literal table expected_who_may_what.txt, cell by cell, against what the door really does."""

from __future__ import annotations

from pathlib import Path

import pytest

from people.models import Employee
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.tickets import who_may_what as table
from tickets import lifecycle, rules
from tickets.conversation import visible_comments
from tickets.enums import Status
from tickets.models import Ticket

#: Every verb of domain.md; `bring_in` has its own tests, it begins no row of the table.
VERBS = [
    "submit",
    "edit",
    "approve",
    "reject",
    "claim",
    "assign",
    "start",
    "hold",
    "resume",
    "resolve",
    "close",
    "reopen",
    "withdraw",
    "reprioritise",
    "transfer",
    "comment",
    "attach",
    "note",
    "redact",
]
STATES = ["New", "Open", "In Progress", "On Hold", "Resolved", "Closed", "Rejected", "Withdrawn"]
ACTORS = [
    "requester",
    "assignee",
    "coordinator",
    "of another",
    "of none",
    "admin",
    "own admin",
    "suspended",
    "stranger",
    "nobody",
    "SYSTEM",
    "WORKFLOW",
]
#: Where the answer depends on more than verb, state and person.
VARIANTS = {
    *(("claim (assigned)", state) for state in STATES[1:]),
    ("resume (not due)", "On Hold"),
    ("close (not due)", "Resolved"),
    ("reopen (too late)", "Closed"),
}
EXPECTED = table.read(Path(__file__).with_name("expected_who_may_what.txt"))


@pytest.fixture
def cast(db: None) -> table.Cast:
    return table.Cast.with_everybody()


def test_the_table_has_every_verb_and_state_and_no_other():
    rows = {("submit", "-"), *VARIANTS} | {(verb, state) for verb in VERBS if verb != "submit" for state in STATES}
    assert set(EXPECTED) == rows


def test_the_table_has_every_actor_in_every_row_and_only_words_it_explains():
    words = {*STATES, "unseen", "person", "state", "both", "assigned", "early", "late"}
    for row, cells in EXPECTED.items():
        assert list(cells) == ACTORS, row
        assert set(cells.values()) <= words, row


def test_the_house_has_no_verb_and_no_state_that_the_table_lacks():
    assert set(VERBS) == {"submit", *rules.CHECKS}
    assert Status.values == STATES


@pytest.mark.parametrize("verb", VERBS)
def test_everybody_may_do_exactly_what_the_table_says(cast: table.Cast, verb: str):
    wrong = []
    for (label, state), cells in EXPECTED.items():
        if label.partition(" (")[0] == verb:
            wrong += cast.differences(label, state, cells)
    assert wrong == []


def test_a_table_with_a_wrong_cell_would_be_noticed(cast: table.Cast):
    cells = {**EXPECTED["approve", "New"], "coordinator": "Open", "admin": "person"}
    assert cast.differences("approve", "New", cells) == [
        "approve × New × coordinator: expected Open, is person",
        "approve × New × admin: expected person, is Open",
    ]


@pytest.mark.parametrize("text", ["verb | state | a\nclaim | New\n", "verb | state | a\nx | New | y\nx | New | z\n"])
def test_a_table_with_a_missing_or_doubled_cell_can_not_be_read(tmp_path: Path, text: str):
    (tmp_path / "table.txt").write_text(text)
    with pytest.raises(table.BadTable):
        table.read(tmp_path / "table.txt")


@pytest.mark.django_db
def test_an_admin_who_asked_for_it_is_told_that_somebody_else_must_decide():
    admin = people.admin()
    reasons = rules.CHECKS["approve"](quick_ticket(requester=admin), admin)
    assert [reason.code for reason in reasons] == ["own_ticket"]


@pytest.mark.django_db
def test_an_admin_who_asked_for_it_may_decide_where_the_installation_allows_it(settings):
    settings.ALLOW_SELF_APPROVAL = True
    admin = people.admin()
    own = quick_ticket(requester=admin)
    assert visible_comments(own, admin).count() == 0
    approved = lifecycle.approve(own, by=admin, priority="High", department=own.department)
    assert approved.status == "Open"
    assert rules.is_staff_on(approved, admin)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["Pending", "Rejected", "Suspended"])
def test_a_requester_who_is_not_approved_gets_nothing_done_and_sees_nothing(status: str):
    requester: Employee = people.person(status)
    for state in STATES:
        own = quick_ticket(state, requester=requester)
        for verb in rules.CHECKS:
            assert {reason.code for reason in rules.CHECKS[verb](own, requester)} == {"unseen"}, (verb, state)
    assert not rules.visible_to(requester).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["Employee", "Data Clerk"])
def test_an_assignee_who_is_no_staff_any_more_has_no_rights_by_it(role: str):
    was = people.clerk() if role == "Data Clerk" else people.person()
    assigned = quick_ticket("In Progress", assignee=was)
    assert not rules.visible_to(was).exists()
    assert {reason.code for reason in rules.CHECKS["resolve"](assigned, was)} == {"unseen"}


@pytest.mark.django_db
def test_a_coordinator_without_department_does_not_see_tickets_without_one():
    someone = people.coordinator(None)
    homeless = quick_ticket()
    Ticket.objects.filter(pk=homeless.pk).update(department=None)
    assert rules.relations(Ticket.objects.get(pk=homeless.pk), someone) == frozenset()
    assert not rules.visible_to(someone).exists()


@pytest.mark.django_db
def test_who_may_is_said_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch):
    mine = quick_ticket("Open")
    said = [reason.sentence for reason in rules.CHECKS["hold"](mine, mine.employee)]
    those = "the assignee or a coordinator of the department or a System Admin"
    assert said == [f"You asked for this yourself: only {those} can do that."]
    monkeypatch.setattr(rules, "_", lambda words: words.replace(" or ", " oder "))
    (reason,) = rules.CHECKS["hold"](mine, mine.employee)
    assert reason.who == those.replace(" or ", " oder ")
