"""What staff does with a ticket, as people see it: words, form, call. For the pages of single verbs and for bulk.

Who may is in `rules`, what happens in `lifecycle`; here are only the questions and the sentences around them.
`submit` and `edit` have forms of their own, `bring_in` none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.verb_pages import Verb
from people.enums import Role
from tickets import hearing, lifecycle, rules
from tickets.enums import Priority, Status
from tickets.models import Ticket
from tickets.verb_forms import (
    ApproveForm,
    AssignForm,
    ForRequesterForm,
    HoldForm,
    RejectForm,
    ReopenForm,
    ReprioritiseForm,
    ResolveForm,
    TransferForm,
)

# The door says `assignee`; pages and programs name the column.


def approve(ticket: Ticket, *, assigned_to: Any = None, **values: Any) -> Ticket:
    return lifecycle.approve(ticket, assignee=assigned_to, **values)


def assign(ticket: Ticket, *, assigned_to: Any, **values: Any) -> Ticket:
    return lifecycle.assign(ticket, assignee=assigned_to, **values)


# Sentences: what will happen, and who hears of it


def _approve(ticket: Ticket) -> str:
    return _sentences(
        _("It goes into the queue of its department."),
        hearing.of_it(ticket.employee, "approved"),
        _("The assignee, or else the department, is told in the way they chose."),
    )


def _reject(ticket: Ticket) -> str:
    return _sentences(
        _("That is final; it can be asked for anew."),
        hearing.of_it(ticket.employee, "rejected", by_mail=hearing.WITH_REASON),
    )


def _claim(ticket: Ticket) -> str:
    if ticket.status == Status.ON_HOLD:
        words = _("It is yours from then on, and stays on hold.")
    else:
        words = _("It is yours from then on, and counts as in progress.")
    return _sentences(words, hearing.of_it(ticket.employee, "taken"))


def _assign(ticket: Ticket) -> str:
    return _sentences(_("The new assignee is told in the way they chose."), hearing.of_it(ticket.employee, "taken"))


def _start(ticket: Ticket) -> str:
    return _("It counts as in progress from then on. Nobody is mailed.")


def _hold(ticket: Ticket) -> str:
    return _sentences(
        _("The clock to resolution stands still until it is resumed."),
        hearing.of_it(ticket.employee, "on_hold", by_mail=hearing.WITH_REASON),
    )


def _resume(ticket: Ticket) -> str:
    return _sentences(_("It is in progress again, and the clock runs."), hearing.of_it(ticket.employee, "resumed"))


def _resolve(ticket: Ticket) -> str:
    days = settings.AUTO_CLOSE_DAYS
    words = ngettext(
        "%(requester)s says whether it is solved. Without a word it is closed after %(days)d day.",
        "%(requester)s says whether it is solved. Without a word it is closed after %(days)d days.",
        days,
    ) % {**_names(ticket), "days": days}
    return _sentences(words, hearing.of_it(ticket.employee, "resolved", by_mail=hearing.WITH_RESOLUTION))


def _close(ticket: Ticket) -> str:
    days = settings.REOPEN_DAYS
    words = ngettext(
        "It is finished then; for %(days)d day it can be reopened.",
        "It is finished then; for %(days)d days it can be reopened.",
        days,
    ) % {"days": days}
    return _sentences(words, hearing.of_it(ticket.employee, "closed"))


def _reopen(ticket: Ticket) -> str:
    return _sentences(
        _("It goes back to its assignee, or into the queue."),
        hearing.of_it(ticket.employee, "reopened", by_mail=hearing.WITH_REASON),
    )


def _withdraw(ticket: Ticket) -> str:
    return _sentences(
        _("That is final: nobody works on it any more."),
        hearing.of_it(ticket.employee, "withdrawn", by_mail=hearing.WITH_REASON),
    )


def _reprioritise(ticket: Ticket) -> str:
    return _sentences(
        _("At the moment it is %(priority)s.") % _names(ticket),
        _("The assignee is told in the way they chose, the requester is not."),
    )


def _transfer(ticket: Ticket) -> str:
    return _sentences(
        _("At the moment it is in %(department)s.") % _names(ticket),
        _("It loses its assignee. The requester is not mailed."),
    )


def _sentences(*words: str) -> str:
    return " ".join(words)


def _names(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.ticket_number,
        "requester": ticket.employee.get_full_name(),
        "department": ticket.department or _("no department"),
        "assignee": ticket.assigned_to.get_full_name() if ticket.assigned_to else _("nobody"),
        "priority": Priority(ticket.priority).label,
        "resume_date": ticket.resume_date,
    }


def _done(sentence: str | Promise) -> Callable[[Ticket], str]:
    def said(ticket: Ticket) -> str:
        return str(sentence) % _names(ticket)

    return said


def _approved(ticket: Ticket) -> str:
    if ticket.assigned_to:
        return _("%(number)s is approved, and %(assignee)s has it.") % _names(ticket)
    return _("%(number)s is approved, and waits in %(department)s.") % _names(ticket)


def _assigned(ticket: Ticket) -> str:
    if ticket.assigned_to:
        return _("%(assignee)s has %(number)s now.") % _names(ticket)
    return _("Nobody has %(number)s now: it waits in %(department)s.") % _names(ticket)


# The verbs

APPROVE = Verb(
    "approve",
    approve,
    title=gettext_lazy("Approve"),
    form=ApproveForm,
    sentence=_approve,
    done=_approved,
)
REJECT = Verb(
    "reject",
    lifecycle.reject,
    title=gettext_lazy("Reject"),
    form=RejectForm,
    sentence=_reject,
    done=_done(gettext_lazy("%(number)s is rejected. %(requester)s reads your reason.")),
    danger=True,
)
CLAIM = Verb(
    "claim",
    lifecycle.claim,
    title=gettext_lazy("Claim"),
    sentence=_claim,
    done=_done(gettext_lazy("%(number)s is yours now.")),
)
ASSIGN = Verb(
    "assign",
    assign,
    title=gettext_lazy("Assign"),
    form=AssignForm,
    sentence=_assign,
    done=_assigned,
)
START = Verb(
    "start",
    lifecycle.start,
    title=gettext_lazy("Start"),
    sentence=_start,
    done=_done(gettext_lazy("%(number)s is in progress.")),
)
HOLD = Verb(
    "hold",
    lifecycle.hold,
    title=gettext_lazy("Put on hold"),
    form=HoldForm,
    sentence=_hold,
    done=_done(gettext_lazy("%(number)s is on hold.")),
)
RESUME = Verb(
    "resume",
    lifecycle.resume,
    title=gettext_lazy("Resume"),
    sentence=_resume,
    done=_done(gettext_lazy("%(number)s is in progress again.")),
)
RESOLVE = Verb(
    "resolve",
    lifecycle.resolve,
    title=gettext_lazy("Resolve"),
    form=ResolveForm,
    sentence=_resolve,
    done=_done(gettext_lazy("%(number)s is resolved. Now %(requester)s says whether it is solved.")),
)
CLOSE = Verb(
    "close",
    lifecycle.close,
    title=gettext_lazy("Close"),
    form=ForRequesterForm,
    sentence=_close,
    done=_done(gettext_lazy("%(number)s is closed.")),
)
REOPEN = Verb(
    "reopen",
    lifecycle.reopen,
    title=gettext_lazy("Reopen"),
    form=ReopenForm,
    sentence=_reopen,
    done=_done(gettext_lazy("%(number)s is open again.")),
)
WITHDRAW = Verb(
    "withdraw",
    lifecycle.withdraw,
    title=gettext_lazy("Withdraw"),
    form=ForRequesterForm,
    sentence=_withdraw,
    done=_done(gettext_lazy("%(number)s is withdrawn.")),
    danger=True,
)
REPRIORITISE = Verb(
    "reprioritise",
    lifecycle.reprioritise,
    title=gettext_lazy("Change the priority"),
    form=ReprioritiseForm,
    sentence=_reprioritise,
    done=_done(gettext_lazy("The priority of %(number)s is %(priority)s now.")),
)
TRANSFER = Verb(
    "transfer",
    lifecycle.transfer,
    title=gettext_lazy("Transfer"),
    form=TransferForm,
    sentence=_transfer,
    done=_done(gettext_lazy("%(number)s waits in %(department)s now.")),
)

VERBS = [
    APPROVE, REJECT, CLAIM, ASSIGN, START, HOLD, RESUME, RESOLVE, CLOSE, REOPEN, WITHDRAW, REPRIORITISE, TRANSFER,
]  # fmt: skip
#: Every one of them one does with many tickets at once, too.
BULK_VERBS = VERBS


def for_bulk(role: str, states: Any = None) -> list[Verb]:
    """Those that somebody of this role could do with tickets in these states (any, if not said), in order."""
    relations = {rules.ADMIN} if role == Role.SYSTEM_ADMIN else {rules.COORDINATOR, rules.ASSIGNEE}
    return [
        verb
        for verb in BULK_VERBS
        if rules.RULES[verb.name].who & relations
        and (states is None or set(rules.RULES[verb.name].sources) & set(states))
    ]
