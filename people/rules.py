"""Who may see a person, and who may do what with an account, in which state. Source: domain.md "People".

`visible_to` feeds every list, lookup and search. `CHECKS[verb](person, by)` returns the reasons against; an empty list
means allowed.

Who sees whom: a System Admin and a Data Clerk everybody; a coordinator the approved people (whose tickets and names
they work with); everybody approved themselves. Somebody who is not approved sees nobody.

Codes: unseen (answers as if there were nobody), state, not_yours, own_account, last_admin, unverified, closed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actors import SYSTEM, Actor, NamedActor
from audit.refusals import Reason
from people import addresses, roles
from people.enums import Role, Status
from people.models import Employee

SELF, ADMIN, CLERK, COORDINATOR, NAMED = "self", "admin", "clerk", "coordinator", "named"

WHO = {SELF: gettext_lazy("the person themselves"), ADMIN: gettext_lazy("a System Admin")}


@dataclass(frozen=True)
class Rule:
    """Who may, each in which states of the account. `done` completes "An account can't be …"."""

    done: Promise
    who: Mapping[str, Collection[str]]
    never_ones_own: bool = False


_HERE = (Status.PENDING, Status.APPROVED, Status.SUSPENDED)

RULES: dict[str, Rule] = {
    "prove_address": Rule(gettext_lazy("verified"), {SELF: (Status.PENDING, Status.APPROVED)}),
    "approve": Rule(gettext_lazy("approved"), {ADMIN: (Status.PENDING,)}, never_ones_own=True),
    "reject": Rule(gettext_lazy("rejected"), {ADMIN: (Status.PENDING,)}, never_ones_own=True),
    "apply_again": Rule(gettext_lazy("applied for again"), {SELF: (Status.REJECTED,)}),
    "suspend": Rule(gettext_lazy("suspended"), {ADMIN: (Status.APPROVED,)}, never_ones_own=True),
    "restore": Rule(gettext_lazy("restored"), {ADMIN: (Status.SUSPENDED,)}, never_ones_own=True),
    "change_role": Rule(gettext_lazy("given another role"), {ADMIN: _HERE}, never_ones_own=True),
    "change_department": Rule(gettext_lazy("moved to another department"), {ADMIN: _HERE}),
    "change_email": Rule(gettext_lazy("given another address"), {ADMIN: _HERE}),
    "grant": Rule(gettext_lazy("granted a group"), {ADMIN: (Status.APPROVED,)}),
    "revoke": Rule(gettext_lazy("deprived of a group"), {ADMIN: (Status.APPROVED, Status.SUSPENDED)}),
    "edit_profile": Rule(gettext_lazy("edited"), {SELF: (Status.APPROVED,), ADMIN: _HERE}),
    "change_password": Rule(gettext_lazy("given another password"), {SELF: (Status.APPROVED,)}),
    "end_sessions": Rule(gettext_lazy("signed out"), {SELF: (Status.APPROVED,), ADMIN: (Status.APPROVED,)}),
    "remove_second_factor": Rule(
        gettext_lazy("freed of its second factor"), {ADMIN: (Status.APPROVED, Status.SUSPENDED)}, never_ones_own=True
    ),
}

#: Verbs that could take the last approved System Admin away.
ENDING_ADMINS = frozenset({"suspend", "change_role"})


# Who may see


def visible_to(user: Employee) -> QuerySet[Employee]:
    """The people that somebody may know of; see above."""
    if getattr(user, "status", None) != Status.APPROVED:
        return Employee.objects.none()
    if user.role == Role.SYSTEM_ADMIN or roles.holds(user, roles.DATA_CLERK):
        return Employee.objects.all()
    seen = Q(pk=user.pk)
    if user.role == Role.TICKET_COORDINATOR:
        seen |= Q(status=Status.APPROVED)
    return Employee.objects.filter(seen)


def relations(person: Employee, by: Actor | None) -> frozenset[str]:
    """What somebody is to a person; empty: there is nobody for them. The rule behind `visible_to`, for one row.

    SELF holds in every state: whoever comes by a link sent to their address is the person, signed in or not.
    """
    if isinstance(by, NamedActor):
        return frozenset({NAMED})
    if by is None:
        return frozenset()
    mine = {SELF} if by.pk == person.pk else set()
    if getattr(by, "status", None) != Status.APPROVED:
        return frozenset(mine)
    if by.role == Role.SYSTEM_ADMIN:
        mine.add(ADMIN)
    if roles.holds(by, roles.DATA_CLERK):
        mine.add(CLERK)
    if by.role == Role.TICKET_COORDINATOR and person.status == Status.APPROVED:
        mine.add(COORDINATOR)
    return frozenset(mine)


# Who may do


def unseen() -> Reason:
    return Reason("unseen", _("There is no such person."))


def _against(verb: str, person: Employee, by: Actor | None) -> list[Reason]:
    mine = relations(person, by)
    if not mine:
        return [unseen()]
    rule = RULES[verb]
    reasons = []
    if not mine & rule.who.keys():
        who = _(" or ").join(str(WHO[relation]) for relation in WHO if relation in rule.who)
        reasons.append(Reason("not_yours", _("Only %(who)s can do that.") % {"who": who}, who))
    elif rule.never_ones_own and SELF in mine:
        another = _("another System Admin")
        reasons.append(Reason("own_account", _("You can't do this with your own account."), another))
    # What somebody may never do they may not do in any state; the state counts for those who may.
    asking = mine & rule.who.keys() or rule.who.keys()
    if not any(person.status in rule.who[relation] for relation in asking):
        sentence = _("An account that is “%(state)s” can't be %(done)s.") % {
            "state": Status(person.status).label,
            "done": rule.done,
        }
        reasons.append(Reason("state", sentence))
    return reasons


def is_last_admin(person: Employee) -> bool:
    """Whether nobody would be left to approve anybody. True only under the lock that `door.passing` takes."""
    if person.status != Status.APPROVED or person.role != Role.SYSTEM_ADMIN:
        return False
    others = Employee.objects.filter(status=Status.APPROVED, role=Role.SYSTEM_ADMIN).exclude(pk=person.pk)
    return not others.exists()


def _last_admin() -> Reason:
    return Reason("last_admin", _("This is the last System Admin. Approve another one first."))


def against_suspend(person: Employee, by: Actor | None) -> list[Reason]:
    reasons = _against("suspend", person, by)
    return [*reasons, _last_admin()] if _concerns_last_admin(reasons, person) else reasons


def against_change_role(person: Employee, by: Actor | None) -> list[Reason]:
    reasons = _against("change_role", person, by)
    return [*reasons, _last_admin()] if _concerns_last_admin(reasons, person) else reasons


def _concerns_last_admin(reasons: list[Reason], person: Employee) -> bool:
    # Not said to somebody who may not see the person at all, nor to one who could not do it anyway.
    return {reason.code for reason in reasons} <= {"own_account"} and is_last_admin(person)


def against_unverified(person: Employee, *, allow_unverified: bool) -> list[Reason]:
    """Only with an explicit tick is somebody approved whose address nobody has proven."""
    if allow_unverified or addresses.is_proven(person):
        return []
    sentence = _("They have not proven their address yet. Tick “approve anyway” if you know them.")
    return [Reason("unverified", sentence, str(WHO[SELF]))]


def against_register() -> list[Reason]:
    if settings.REGISTRATION_OPEN:
        return []
    return [Reason("closed", _("Nobody can sign up here at the moment."), str(WHO[ADMIN]))]


def against_bring_in(by: Actor | None, *, approved: bool, role: str = Role.EMPLOYEE) -> list[Reason]:
    """Admins and our own commands bring in whom they like; a Data Clerk decides nothing: applicants, of no rank."""
    is_approved = getattr(by, "status", None) == Status.APPROVED
    if by is SYSTEM or (is_approved and getattr(by, "role", None) == Role.SYSTEM_ADMIN):
        return []
    if not (is_approved and roles.holds(by, roles.DATA_CLERK)):
        sentence = _("Only a System Admin or a Data Clerk can bring people in.")
        return [Reason("not_yours", sentence, _("a System Admin or a Data Clerk"))]
    if approved or role != Role.EMPLOYEE:
        sentence = _("A Data Clerk brings people in as applicants. A System Admin decides about them.")
        return [Reason("not_yours", sentence, str(WHO[ADMIN]))]
    return []


def against_take_back(person: Employee, by: Actor | None, *, came_by: str) -> list[Reason]:
    """Whoever may bring somebody in like this may take them back, while nobody had to do with them. `came_by`: the verb
    that made the account. The version grows with every verb."""
    decided = person.status != Status.PENDING
    if reasons := against_bring_in(by, approved=decided, role=person.role):
        return reasons
    if came_by != "bring_in":
        return [Reason("not_brought_in", _("This account did not come from elsewhere."))]
    if person.version > 1 or person.last_login is not None:
        return [touched()]
    return [_last_admin()] if is_last_admin(person) else []


def touched() -> Reason:
    return Reason("touched", _("Somebody had to do with this account since. It stays."))


def _plain(verb: str) -> Callable[[Employee, Actor | None], list[Reason]]:
    def against(person: Employee, by: Actor | None) -> list[Reason]:
        return _against(verb, person, by)

    return against


against_prove_address = _plain("prove_address")
against_approve = _plain("approve")
against_reject = _plain("reject")
against_apply_again = _plain("apply_again")
against_restore = _plain("restore")
against_change_department = _plain("change_department")
against_change_email = _plain("change_email")
against_grant = _plain("grant")
against_revoke = _plain("revoke")
against_edit_profile = _plain("edit_profile")
against_change_password = _plain("change_password")
against_end_sessions = _plain("end_sessions")
against_remove_second_factor = _plain("remove_second_factor")

#: verb → its check, for everything that asks by name (buttons, bulk plans, the API).
CHECKS: dict[str, Callable[[Employee, Actor | None], list[Reason]]] = {
    verb: globals()[f"against_{verb}"] for verb in RULES
}
