"""Random verbs by random people, refusals included: after every step everything agrees with the reckoning."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from audit.actors import SYSTEM, WORKFLOW, NamedActor, name_of
from audit.refusals import InvalidValues, Refused
from notifications.models import EmailNotification
from people import lifecycle as people_lifecycle
from people.models import Department, Employee
from tests.factories import people
from tests.factories import tickets as factories
from tests.factories.files import staged
from tests.tickets import reckoning, who_may_what
from tickets import conversation, lifecycle, rules
from tickets.models import Ticket, TicketComment

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = ["ana", "ali", "cora", "carl", "lee", "nora", "dora", "dan"]
#: Who may be away for a while. The other admin remains, to let them in again.
SUSPENDABLE = ["ali", "cora", "lee", "dan"]
ACTORS = [*NAMES, SYSTEM, WORKFLOW]
WORK = ["approve", "claim", "assign", "start", "hold", "resume", "resolve", "close", "reopen", "transfer"]
WHY = "For a reason."

number = st.integers(0, 10_000)
values = st.fixed_dictionaries(
    {
        "assignee": st.sampled_from([None, "cora", "carl", "lee", "nora", "dan", "ali"]),
        "priority": st.sampled_from(["Critical", "High", "Medium", "Low"]),
        "department": st.sampled_from(["IT Department", "Legal"]),
        "resume_in": st.sampled_from([None, 1, 3]),
        # Minutes that pass before: most often few, now and then more than AUTO_CLOSE_DAYS or REOPEN_DAYS.
        "wait": st.sampled_from([1, 90, 60 * 24, 60 * 24 * 3, 60 * 24 * 8, 60 * 24 * 15]),
    }
)


def everybody() -> tuple[dict[str, Employee], dict[str, Department]]:
    it, legal = people.department("IT Department"), people.department("Legal")
    cast = {
        "ana": people.person(department=it),
        "ali": people.person(department=legal),
        "cora": people.coordinator(it),
        "carl": people.coordinator(it),
        "lee": people.coordinator(legal),
        "nora": people.coordinator(None),
        "dora": people.admin(),
        "dan": people.admin(),
    }
    # One head is a mere address, the other one of the coordinators: told once, not twice.
    for department, head in [(it, "head@it.example.com"), (legal, cast["lee"].email.upper())]:
        department.head_email = head
        department.save()
    return cast, {department.name: department for department in (it, legal)}


class HelpDesk(RuleBasedStateMachine):
    """One help desk, from empty; rolled back at its end. `cast` and `departments` are made once, before."""

    cast: dict[str, Employee]
    departments: dict[str, Department]
    #: What was done at least once in all of the desks together.
    done: set[str] = set()

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        self.folk = reckoning.Folk(self.cast)
        self.tickets: list[reckoning.Expected] = []
        self.times_done: Counter[str] = Counter()
        self.open = ExitStack()
        self.open.enter_context(mock.patch.object(timezone, "now", self._what_time_it_is))
        self.open.enter_context(transaction.atomic())
        self.open.callback(transaction.set_rollback, True)
        self.last_mail = self._newest_mail()

    def _what_time_it_is(self) -> datetime:
        return self.now

    def teardown(self) -> None:
        self.open.close()

    @initialize(requester=st.sampled_from(["ana", "cora"]))
    def begin(self, requester: str) -> None:
        self._submit(requester, "IT Department")

    @rule(name=st.sampled_from(SUSPENDABLE))
    def somebody_leaves_or_comes_back(self, name: str) -> None:
        verb = people_lifecycle.restore if name in self.folk.suspended else people_lifecycle.suspend
        verb(self.cast[name], by=self.cast["dora"], reason=WHY)
        self.folk.suspended ^= {name}

    @precondition(lambda self: len(self.tickets) < 6)
    @rule(requester=st.sampled_from(NAMES), department=st.sampled_from(["IT Department", "Legal"]))
    def somebody_asks(self, requester: str, department: str) -> None:
        if requester in self.folk.suspended:
            with pytest.raises(Refused):
                self._submit(requester, department)
        else:
            self._submit(requester, department)

    @rule(which=number, verb=st.sampled_from(reckoning.VERBS), actor=st.sampled_from(ACTORS), given=values)
    def anybody_tries_anything(self, which: int, verb: str, actor: Any, given: dict[str, Any]) -> None:
        self._pass(given["wait"])
        self._try(self.tickets[which % len(self.tickets)], verb, actor, given)

    @rule(verb=st.sampled_from(reckoning.VERBS), choice=number, given=values)
    def somebody_does_what_they_may(self, verb: str, choice: int, given: dict[str, Any]) -> None:
        self._do_the_next(reckoning.VERBS, verb, choice, given)

    @rule(verb=st.sampled_from(WORK), choice=number, given=values)
    def the_work_goes_on(self, verb: str, choice: int, given: dict[str, Any]) -> None:
        """Left to chance alone, few tickets would come far."""
        self._do_the_next(WORK, verb, choice, given)

    @rule(given=values)
    def the_timers_run(self, given: dict[str, Any]) -> None:
        """As they would, were they to look at too many."""
        self._pass(given["wait"])
        for ticket in self.tickets:
            verb = {"On Hold": "resume", "Resolved": "close"}.get(ticket.status)
            if verb:
                self._try(ticket, verb, SYSTEM, given)

    def _pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def _do_the_next(self, verbs: list[str], first: str, choice: int, given: dict[str, Any]) -> None:
        """Of the verbs that somebody may do on some ticket, the one done least on this desk; of equals the next."""
        self._pass(given["wait"])
        beginning = verbs.index(first)
        in_turn = [*verbs[beginning:], *verbs[:beginning]]
        for verb in sorted(in_turn, key=lambda verb: self.times_done[verb]):
            possible = [
                (ticket, actor)
                for ticket in self.tickets
                for actor in ACTORS
                if reckoning.verdict(verb, ticket, actor, self.folk, self.now) in reckoning.STATES
            ]
            if possible:
                ticket, actor = possible[choice % len(possible)]
                self._try(ticket, verb, actor, given)
                return

    def _submit(self, requester: str, department: str) -> None:
        category = factories.category(self.departments[department])
        asked = {"subject": factories.SUBJECT, "description": factories.DESCRIPTION}
        made = lifecycle.submit(by=self.cast[requester], category=category, **asked)
        self.tickets.append(
            reckoning.Expected(
                made.pk,
                made.ticket_number,
                requester,
                self.departments[department],
                "Medium",
                [(self.now, "New")],
                [("submit", requester)],
            )
        )
        self._mails_are(reckoning.told_of_submission(requester, self.folk), made)

    def _try(self, ticket: reckoning.Expected, verb: str, actor: str | NamedActor, given: dict[str, Any]) -> None:
        if verb == "redact" and not ticket.comments:
            return
        days = given["resume_in"]
        resume_date = self.now.date() + timedelta(days=days) if days else None
        given = {**given, "department": self.departments[given["department"]], "resume_date": resume_date}
        expected = reckoning.verdict(verb, ticket, actor, self.folk, self.now)
        if expected in reckoning.STATES and reckoning.is_unfit(verb, ticket, given, self.folk):
            expected = "unfit"
        happened = self._ask(verb, ticket, actor, given)
        assert happened == expected, (verb, ticket.status, actor)
        if expected in reckoning.STATES:
            self.times_done[verb] += 1
            self.done.add(verb)
            reckoning.change(ticket, verb, actor, given, self.now, expected)
            self._mails_are(reckoning.told(verb, ticket, actor, self.folk), Ticket.objects.get(pk=ticket.pk))
        else:
            self._mails_are([], None)

    def _ask(self, verb: str, ticket: reckoning.Expected, actor: str | NamedActor, given: dict[str, Any]) -> str:
        row = Ticket.objects.get(pk=ticket.pk)
        by = self._by(actor)
        try:
            if verb == "redact":
                conversation.redact(TicketComment.objects.get(pk=ticket.comments[-1]), by=by, reason=WHY)
                ticket.comments.pop()
            elif verb in {"comment", "note"}:
                said = conversation.comment(row, by=by, comment="Some words.", is_internal=verb == "note")
                ticket.comments.append(said.pk)
            elif verb == "attach":
                conversation.attach(row, by=by, files=[staged(by)] if isinstance(by, Employee) else [])
            else:
                getattr(lifecycle, verb)(row, by=by, **self._arguments(verb, given))
        except Refused as refused:
            return who_may_what.word(refused)
        except InvalidValues:
            return "unfit"
        return Ticket.objects.get(pk=ticket.pk).status

    def _arguments(self, verb: str, given: dict[str, Any]) -> dict[str, Any]:
        words = {"subject": "Another subject", "description": factories.DESCRIPTION, "reason": WHY}
        assignee = self.cast.get(given["assignee"])
        return {
            "edit": words,
            "approve": {"priority": given["priority"], "department": given["department"], "assignee": assignee},
            "claim": {},
            "assign": {"assignee": assignee},
            "start": {},
            "hold": {"reason": WHY, "resume_date": given["resume_date"]},
            "resume": {},
            "resolve": {"resolution": "It works again."},
            "reprioritise": {"priority": given["priority"], "reason": WHY},
            "transfer": {"department": given["department"], "reason": WHY},
        }.get(verb, {"reason": WHY})

    def _by(self, actor: str | NamedActor | None) -> Any:
        return actor if isinstance(actor, NamedActor) else self.cast[str(actor)]

    def _newest_mail(self) -> int:
        return EmailNotification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def _mails_are(self, addresses: list[str], about: Ticket | None) -> None:
        """These and no others were written since the last look, of tickets, about this one."""
        kind = ContentType.objects.get_for_model(Ticket)
        written = EmailNotification.objects.filter(pk__gt=self.last_mail, about_type=kind)
        assert sorted(row.recipient_email.lower() for row in written) == [address.lower() for address in addresses]
        assert {row.about_id for row in written} <= {about.pk if about else None}
        self.last_mail = self._newest_mail()

    @invariant()
    def every_ticket_is_as_reckoned(self) -> None:
        rows = {row.pk: row for row in Ticket.objects.select_related("employee", "assigned_to", "department")}
        assert set(rows) == {ticket.pk for ticket in self.tickets}
        for ticket in self.tickets:
            row = rows[ticket.pk]
            assert (row.status, row.version, row.priority) == (ticket.status, len(ticket.record), ticket.priority)
            assert (self.folk.name(row.employee), self.folk.name(row.assigned_to), row.department) == (
                ticket.requester,
                ticket.assignee,
                ticket.department,
            )
            assert (row.time_closed, row.resume_date) == (ticket.time_closed, ticket.resume_date)
            assert (row.response_time, row.resolution_time) == (ticket.response_time, ticket.resolution_time)
            assert (row.clock_stopped_at is None) == (ticket.status not in {"On Hold", "Resolved", "Closed"})
            assert bool(row.rejection_reason) == (ticket.status == "Rejected")

    @invariant()
    def every_change_has_its_row_of_history(self) -> None:
        columns = ["id", "verb", "history_user_id", "actor_name", "version", "status"]
        written = list(Ticket.history.order_by("id", "history_id").values_list(*columns))
        assert written == [
            (ticket.pk, verb, getattr(self._by(actor), "pk", None), name_of(self._by(actor)), position, state)
            for ticket in self.tickets
            for position, ((verb, actor), (_moment, state)) in enumerate(
                zip(ticket.record, ticket.timeline, strict=True), 1
            )
        ]

    @invariant()
    def numbers_grow_and_none_comes_twice(self) -> None:
        numbers = [int(ticket.number.removeprefix("TX")) for ticket in self.tickets]
        assert numbers == sorted(set(numbers))

    @invariant()
    def everybody_sees_what_they_may_see(self) -> None:
        as_they_are = Employee.objects.in_bulk([person.pk for person in self.cast.values()])
        for name, person in self.cast.items():
            seen = set(rules.visible_to(as_they_are[person.pk]).values_list("pk", flat=True))
            assert seen == {ticket.pk for ticket in self.tickets if reckoning.sees(ticket, name, self.folk)}, name


@pytest.mark.django_db
@pytest.mark.slow
def test_random_verbs_by_random_people_leave_everything_in_step():
    HelpDesk.cast, HelpDesk.departments = everybody()
    run_state_machine_as_test(
        HelpDesk,
        # The same run everywhere. Without shrinking, which takes minutes here; add Phase.shrink to look for the
        # shortest way to a failure.
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(WORK) <= HelpDesk.done, "chance was too unkind to say anything"
