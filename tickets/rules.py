"""Who may see a ticket, and who may do what with it, in which state. Source: domain.md.

`visible_to` feeds every list, lookup, search, file, answer and mail. `CHECKS[verb](ticket, by)` returns the reasons
against; an empty list means allowed. Nothing here writes, and but for `bring_in` nothing asks the database: a page may
ask for every verb of fifty tickets.

Codes: unseen (answers as if it did not exist), state, not_yours, own_ticket, assigned, too_late, too_early.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actors import SYSTEM, WORKFLOW, Actor, NamedActor
from audit.refusals import Reason
from people import roles
from people.enums import Role
from people.enums import Status as PersonStatus
from people.models import Employee
from tickets.enums import FINAL_STATUSES, OPEN_STATUSES, SOLVED_STATUSES, WORKING_STATUSES, Status
from tickets.models import Ticket

REQUESTER, ASSIGNEE, COORDINATOR, ADMIN = "requester", "assignee", "coordinator", "admin"
BY_SYSTEM, BY_WORKFLOW = "system", "workflow"
#: What makes somebody staff on a ticket: internal notes are for these.
STAFF = frozenset({ASSIGNEE, COORDINATOR, ADMIN})

WHO = {
    REQUESTER: gettext_lazy("the requester"),
    ASSIGNEE: gettext_lazy("the assignee"),
    COORDINATOR: gettext_lazy("a coordinator of the department"),
    ADMIN: gettext_lazy("a System Admin"),
}


@dataclass(frozen=True)
class Rule:
    """A verb's states and relations. `done` completes "This ticket can't be …"."""

    done: str | Promise
    sources: Collection[str]
    who: frozenset[str]
    workflow_sources: Collection[str] = ()


def _rule(done: str | Promise, sources: Collection[str], *who: str, workflow: Collection[str] = ()) -> Rule:
    return Rule(done, sources, frozenset(who), workflow)


_EVERY = tuple(Status)
_CONVERSING = tuple(status for status in Status if status not in FINAL_STATUSES)
_ON_IT = (ASSIGNEE, COORDINATOR, ADMIN)

RULES: dict[str, Rule] = {
    "edit": _rule(gettext_lazy("edited"), [Status.NEW], REQUESTER, ADMIN),
    "approve": _rule(gettext_lazy("approved"), [Status.NEW], ADMIN),
    "reject": _rule(gettext_lazy("rejected"), [Status.NEW, Status.OPEN], ADMIN, workflow=WORKING_STATUSES),
    "claim": _rule(gettext_lazy("claimed"), WORKING_STATUSES, COORDINATOR, ADMIN),
    "assign": _rule(gettext_lazy("assigned"), WORKING_STATUSES, COORDINATOR, ADMIN),
    "start": _rule(gettext_lazy("started"), [Status.OPEN], ASSIGNEE, ADMIN, workflow=[Status.OPEN]),
    "hold": _rule(
        gettext_lazy("put on hold"),
        [Status.OPEN, Status.IN_PROGRESS],
        *_ON_IT,
        workflow=[Status.OPEN, Status.IN_PROGRESS],
    ),
    "resume": _rule(gettext_lazy("resumed"), [Status.ON_HOLD], *_ON_IT, BY_SYSTEM, workflow=[Status.ON_HOLD]),
    "resolve": _rule(gettext_lazy("resolved"), WORKING_STATUSES, *_ON_IT, workflow=WORKING_STATUSES),
    "close": _rule(gettext_lazy("closed"), [Status.RESOLVED], REQUESTER, ADMIN, BY_SYSTEM),
    "reopen": _rule(gettext_lazy("reopened"), SOLVED_STATUSES, REQUESTER, COORDINATOR, ADMIN),
    "withdraw": _rule(gettext_lazy("withdrawn"), OPEN_STATUSES, REQUESTER, ADMIN),
    "reprioritise": _rule(gettext_lazy("given another priority"), OPEN_STATUSES, *_ON_IT),
    "transfer": _rule(gettext_lazy("transferred"), OPEN_STATUSES, *_ON_IT),
    "comment": _rule(gettext_lazy("commented on"), _CONVERSING, REQUESTER, *_ON_IT),
    "attach": _rule(gettext_lazy("given files"), _CONVERSING, REQUESTER, *_ON_IT),
    "note": _rule(gettext_lazy("given an internal note"), _EVERY, *_ON_IT, workflow=_EVERY),
    "redact": _rule(gettext_lazy("redacted"), _EVERY, ADMIN),
}


#: What a requester wants to know when somebody else did it: it marks their ticket as unread. Never `note`, which they
#: must not learn of.
NEWS = frozenset(
    {"approve", "reject", "claim", "assign", "start", "hold", "resume", "resolve", "close", "reopen", "withdraw"}
    | {"edit", "comment", "attach"}
)

# Who may see


def visible_to(user: Actor) -> QuerySet[Ticket]:
    """The tickets that a person may know of. A coordinator without department gains nothing by it."""
    if getattr(user, "status", None) != PersonStatus.APPROVED:
        return Ticket.objects.none()
    if user.role == Role.SYSTEM_ADMIN:
        return Ticket.objects.all()
    seen = Q(employee=user)
    if user.role == Role.TICKET_COORDINATOR:
        seen |= Q(assigned_to=user)
        if user.department_id is not None:
            seen |= Q(department=user.department_id)
    return Ticket.objects.filter(seen)


def relations(ticket: Ticket, by: Actor) -> frozenset[str]:
    """What somebody is to a ticket; empty: it does not exist for them. The rule behind `visible_to`, for one row.

    Who asked for a ticket is its requester and nothing more, unless ALLOW_SELF_APPROVAL is on.
    """
    if isinstance(by, NamedActor):
        return frozenset({BY_SYSTEM if by is SYSTEM else BY_WORKFLOW})
    if getattr(by, "status", None) != PersonStatus.APPROVED:
        return frozenset()
    mine = {REQUESTER} if ticket.employee_id == by.pk else set()
    if mine and not settings.ALLOW_SELF_APPROVAL:
        return frozenset(mine)
    if by.role == Role.SYSTEM_ADMIN:
        mine.add(ADMIN)
    if by.role == Role.TICKET_COORDINATOR and by.department_id is not None and by.department_id == ticket.department_id:
        mine.add(COORDINATOR)
    if by.role in roles.STAFF_ROLES and ticket.assigned_to_id == by.pk:
        mine.add(ASSIGNEE)
    return frozenset(mine)


def notes_hidden_from(user: Actor, path: str = "") -> Q:
    """Which notes on the tickets they may see are hidden: those on what they asked for themselves.

    For lists over many tickets, the rule of `is_staff_on`. `path` leads to the comment, such as "comment__".
    """
    return Q(**{f"{path}is_internal": True}) & only_asked_by(user, f"{path}ticket__")


def only_asked_by(user: Actor, ticket: str = "") -> Q:
    """The tickets on which somebody is the requester and no staff. `ticket` leads to the ticket, such as "ticket__"."""
    own = Q(**{f"{ticket}employee": user})
    if not settings.ALLOW_SELF_APPROVAL:
        return own
    if user.role == Role.SYSTEM_ADMIN:
        return Q(pk__in=[])
    theirs = Q(pk__in=[])
    if user.role == Role.TICKET_COORDINATOR:
        theirs = Q(**{f"{ticket}assigned_to": user})
        if user.department_id is not None:
            theirs |= Q(**{f"{ticket}department": user.department_id})
    return own & ~theirs


def is_staff_on(ticket: Ticket, by: Actor) -> bool:
    """May read internal notes and what else is not for the requester."""
    return isinstance(by, NamedActor) or bool(relations(ticket, by) & STAFF)


def acts_for_requester(ticket: Ticket, by: Actor) -> bool:
    """An admin who does what is the requester's: the verb then needs a reason."""
    return not isinstance(by, NamedActor) and REQUESTER not in relations(ticket, by)


# Who may do


def against_submit(by: Actor) -> list[Reason]:
    if getattr(by, "status", None) == PersonStatus.APPROVED:
        return []
    return [Reason("not_yours", _("Only an approved person can ask for something."), _("an approved person"))]


def against_bring_in(by: Actor) -> list[Reason]:
    """Clerks, admins and our own commands bring tickets over from elsewhere."""
    approved = getattr(by, "status", None) == PersonStatus.APPROVED
    if by is SYSTEM or (approved and (by.role == Role.SYSTEM_ADMIN or roles.holds(by, roles.DATA_CLERK))):
        return []
    return [
        Reason(
            "not_yours",
            _("Only a System Admin or a Data Clerk can bring tickets in."),
            _("a System Admin or a Data Clerk"),
        )
    ]


#: States of one's own tickets that one may bring in oneself: nobody has decided yet, or it is over for good. What is
#: Closed can be reopened, and would be approved by nobody.
_OWN_BROUGHT_IN = (Status.NEW, *FINAL_STATUSES)


def against_bring_in_own(by: Actor, requester: Any, status: Any) -> list[Reason]:
    """An import is no way round an approval."""
    own = not isinstance(by, NamedActor) and isinstance(requester, Employee) and requester.pk == by.pk
    if not own or settings.ALLOW_SELF_APPROVAL or status in _OWN_BROUGHT_IN:
        return []
    sentence = _("You asked for this yourself: somebody else must bring it in, unless it is New.")
    return [Reason("own_ticket", sentence)]


def unseen() -> Reason:
    return Reason("unseen", _("There is no such ticket."))


def _against(verb: str, ticket: Ticket, by: Actor) -> list[Reason]:
    mine = relations(ticket, by)
    if not mine:
        return [unseen()]
    rule = RULES[verb]
    reasons = []
    allowed = bool(rule.workflow_sources) if by is WORKFLOW else bool(mine & rule.who)
    if not allowed:
        reasons.append(_not_theirs(rule, mine))
    sources = rule.workflow_sources if by is WORKFLOW and allowed else rule.sources
    if ticket.status not in sources:
        sentence = _("A ticket that is “%(state)s” can't be %(done)s.") % {
            "state": Status(ticket.status).label,
            "done": rule.done,
        }
        reasons.append(Reason("state", sentence))
    return reasons


def _not_theirs(rule: Rule, mine: frozenset[str]) -> Reason:
    who = _one_of([str(WHO[relation]) for relation in WHO if relation in rule.who])
    if mine == {REQUESTER}:
        return Reason("own_ticket", _("You asked for this yourself: only %(who)s can do that.") % {"who": who}, who)
    return Reason("not_yours", _("Only %(who)s can do that.") % {"who": who}, who)


def _one_of(names: Sequence[str]) -> str:
    """“a or b or c”, joined in the reader's language."""
    said = names[0]
    for name in names[1:]:
        said = _("%(these)s or %(name)s") % {"these": said, "name": name}
    return said


def against_claim(ticket: Ticket, by: Actor) -> list[Reason]:
    reasons = _against("claim", ticket, by)
    if not reasons and ticket.assigned_to_id is not None:
        reasons.append(
            Reason("assigned", _("Somebody has this ticket already. Assign it instead."), str(WHO[COORDINATOR]))
        )
    return reasons


def against_resume(ticket: Ticket, by: Actor) -> list[Reason]:
    reasons = _against("resume", ticket, by)
    due = ticket.resume_date is not None and ticket.resume_date <= timezone.localdate()
    if not reasons and by is SYSTEM and not due:
        reasons.append(Reason("too_early", _("The resume date has not come yet.")))
    return reasons


def against_close(ticket: Ticket, by: Actor) -> list[Reason]:
    reasons = _against("close", ticket, by)
    if not reasons and by is SYSTEM and not _older_than(ticket.clock_stopped_at, settings.AUTO_CLOSE_DAYS):
        reasons.append(Reason("too_early", _("The requester still has time to answer.")))
    return reasons


def against_reopen(ticket: Ticket, by: Actor) -> list[Reason]:
    reasons = _against("reopen", ticket, by)
    if not reasons and ticket.status == Status.CLOSED and _older_than(ticket.time_closed, settings.REOPEN_DAYS):
        sentence = _("This ticket was closed more than %(days)d days ago. Please open a new one.")
        reasons.append(Reason("too_late", sentence % {"days": settings.REOPEN_DAYS}))
    return reasons


def _older_than(moment: datetime | None, days: int) -> bool:
    return moment is not None and timezone.now() - moment > timedelta(days=days)


def _plain(verb: str) -> Callable[[Ticket, Actor], list[Reason]]:
    def against(ticket: Ticket, by: Actor) -> list[Reason]:
        return _against(verb, ticket, by)

    return against


_SPECIAL = {"claim": against_claim, "resume": against_resume, "close": against_close, "reopen": against_reopen}

#: verb → its check, for everything that asks by name (buttons, bulk plans, the API's `actions`).
CHECKS: dict[str, Callable[[Ticket, Actor], list[Reason]]] = {
    verb: _SPECIAL.get(verb) or _plain(verb) for verb in RULES
}
