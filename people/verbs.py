"""What an admin does with an account, as people see it: words, form, call. For the pages of single verbs and for bulk.

Who may is in `rules`, what happens in `lifecycle`; here are only the questions and the sentences around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.refusals import Reason
from audit.verb_pages import Verb, VerbForm
from people import addresses, lifecycle, roles, rules, second_factor
from people.enums import GrantedGroup, Role, Status
from people.models import Department, Employee

_ROLE_WORDS = {
    Role.EMPLOYEE: gettext_lazy("Employee: asks for things"),
    Role.TICKET_COORDINATOR: gettext_lazy("Ticket Coordinator: works on the tickets of their department"),
    Role.SYSTEM_ADMIN: gettext_lazy("System Admin: decides about people and tickets, and sees everything"),
}
_GROUP_WORDS = {
    GrantedGroup.HELP_CENTER_EDITOR: gettext_lazy("Help Center Editor: writes the help center's pages"),
    GrantedGroup.DATA_CLERK: gettext_lazy("Data Clerk: brings people and tickets in and out, and decides nothing"),
}


# Forms


def _reason(hint: Any) -> forms.CharField:
    return forms.CharField(label=gettext_lazy("Reason"), help_text=hint, widget=forms.Textarea(attrs={"rows": 3}))


_KEPT = gettext_lazy("Kept in the history.")


class ApproveForm(VerbForm):
    optional: ClassVar[frozenset[str]] = frozenset({"reason", "role"})

    role = forms.CharField(label=gettext_lazy("Role"), widget=forms.RadioSelect)
    allow_unverified = forms.BooleanField(
        label=gettext_lazy("Approve although the address is not proven"),
        help_text=gettext_lazy("Tick it if you know that the address is theirs. The history says that you did."),
    )
    reason = _reason(_KEPT)

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        words: list[tuple[Any, Any]] = list(_ROLE_WORDS.items())
        if subject is None:
            words = [("", gettext_lazy("As each of them applied")), *words]
            self.fields["allow_unverified"].label = gettext_lazy("Approve also those whose address is not proven")
        elif isinstance(subject, Employee):
            self.fields["role"].initial = subject.role
            if addresses.is_proven(subject):
                del self.fields["allow_unverified"]
        _offer(self.fields["role"], words)

    def values(self) -> dict[str, Any]:
        values = super().values()
        return {**values, "role": values["role"] or None}


class ReasonForm(VerbForm):
    reason = _reason(_KEPT)


class RejectForm(VerbForm):
    reason = _reason(gettext_lazy("They read exactly this, in the mail and when they try to sign in."))


class RoleForm(VerbForm):
    role = forms.CharField(label=gettext_lazy("New role"), widget=forms.RadioSelect)
    reason = _reason(_KEPT)

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        others = [(role, words) for role, words in _ROLE_WORDS.items() if role != _of(subject, "role")]
        _offer(self.fields["role"], others)


class _OtherDepartments:
    """Those in use, but for the one; asked for only when they are shown."""

    def __init__(self, now: int | None) -> None:
        self.now = now

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield "", _("Choose one")
        for pk, name in Department.objects.filter(is_active=True).values_list("pk", "name"):
            if pk != self.now:
                yield str(pk), name


class DepartmentForm(VerbForm):
    # Any that there is; which ones may be chosen the door says.
    department = forms.ModelChoiceField(label=gettext_lazy("New department"), queryset=Department.objects.all())
    reason = _reason(_KEPT)

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        self.fields["department"].widget.choices = _OtherDepartments(_of(subject, "department_id"))


class EmailForm(VerbForm):
    email = forms.CharField(
        label=gettext_lazy("New e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = _reason(_KEPT)


class GroupForm(VerbForm):
    group = forms.CharField(label=gettext_lazy("Group"), widget=forms.RadioSelect)
    reason = _reason(_KEPT)
    #: Whether it offers what somebody has, or what they have not.
    offers_held: ClassVar[bool] = False

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(subject, *args, **kwargs)
        held = {group for group in GrantedGroup if roles.holds(subject, group)}
        offered = [(group, words) for group, words in _GROUP_WORDS.items() if (group in held) == self.offers_held]
        _offer(self.fields["group"], offered or list(_GROUP_WORDS.items()))
        if len(offered) == 1:
            self.fields["group"].initial = offered[0][0]


class RevokeForm(GroupForm):
    offers_held = True


def _offer(field: forms.Field, choices: list[tuple[Any, Any]]) -> None:
    # A text with a list to choose from, not a field of choices: what does not fit the door says, in its own words.
    field.widget.choices = [(str(value), words) for value, words in choices]


def _of(subject: models.Model | None, column: str) -> Any:
    return getattr(subject, column, None)


# Sentences


def _is_told(person: Employee) -> bool:
    return person.status == Status.APPROVED


def _approve(person: Employee) -> str:
    if person.has_usable_password():
        sentence = _("They can sign in from now on, and hear of it by mail at %(email)s.")
    else:
        sentence = _("They get a mail at %(email)s with a link to choose a password, and can sign in from then on.")
    return sentence % {"email": person.email}


def _reject(person: Employee) -> str:
    return _(
        "The account stays, as rejected. They get a mail at %(email)s with your reason, and may apply again by a link "
        "that is sent to their address."
    ) % {"email": person.email}


def _suspend(person: Employee) -> str:
    return _(
        "They are signed out at once, everywhere, and can't sign in. Tickets they asked for go on; tickets assigned to "
        "them need somebody else. They hear by mail that they are suspended, not why."
    )


def _restore(person: Employee) -> str:
    return _("They can sign in again, with the role and the groups they had, and hear of it by mail.")


def _change_role(person: Employee) -> str:
    now = _("They are %(role)s now. The new role counts from their next click.") % {"role": Role(person.role).label}
    return f"{now} {_('They hear of it by mail.') if _is_told(person) else _('Nobody is mailed.')}"


def _change_department(person: Employee) -> str:
    return _("They are in %(department)s now. Tickets they asked for stay where they are. Nobody is mailed.") % {
        "department": person.department or _("no department")
    }


def _change_email(person: Employee) -> str:
    if person.status == Status.SUSPENDED:
        return _("The new address counts as not proven. Nobody is mailed, since the account is suspended.")
    return _(
        "The new address counts as not proven until they use the link that we send there. The old address, %(email)s, "
        "is told of the change too."
    ) % {"email": person.email}


def _groups(person: Employee) -> str:
    return _("It counts from their next click. Nobody is mailed.")


def _end_sessions(person: Employee) -> str:
    return _("They are signed out of every browser and every program, and have to sign in anew. Nobody is mailed.")


def _remove_second_factor(person: Employee) -> str:
    sentence = _("For somebody who lost their phone: the password alone opens the account again, and all sessions end.")
    return f"{sentence} {_('They hear of it by mail.')}" if _is_told(person) else sentence


def _has_all_groups(person: Employee) -> str:
    return _("They have every group already.") if all(roles.holds(person, group) for group in GrantedGroup) else ""


def _has_no_group(person: Employee) -> str:
    return "" if any(roles.holds(person, group) for group in GrantedGroup) else _("They have no group.")


def _has_no_second_factor(person: Employee) -> str:
    return "" if second_factor.is_set_up(person) else _("They have none set up.")


def _done(sentence: str | Promise) -> Callable[[Employee], str]:
    def said(person: Employee) -> str:
        return str(sentence) % {
            "name": person.get_full_name(),
            "role": Role(person.role).label,
            "department": person.department,
            "email": person.email,
        }

    return said


def _unverified(person: Employee, *, allow_unverified: bool = False, **values: Any) -> list[Reason]:
    return rules.against_unverified(person, allow_unverified=allow_unverified)


# The verbs

APPROVE = Verb(
    "approve",
    lifecycle.approve,
    title=gettext_lazy("Approve"),
    form=ApproveForm,
    sentence=_approve,
    done=_done(gettext_lazy("%(name)s is approved, as %(role)s.")),
    with_values=_unverified,
)
REJECT = Verb(
    "reject",
    lifecycle.reject,
    title=gettext_lazy("Reject"),
    form=RejectForm,
    sentence=_reject,
    done=_done(gettext_lazy("The application of %(name)s is rejected.")),
    danger=True,
)
SUSPEND = Verb(
    "suspend",
    lifecycle.suspend,
    title=gettext_lazy("Suspend"),
    form=ReasonForm,
    sentence=_suspend,
    done=_done(gettext_lazy("%(name)s is suspended.")),
    danger=True,
)
RESTORE = Verb(
    "restore",
    lifecycle.restore,
    title=gettext_lazy("Restore"),
    form=ReasonForm,
    sentence=_restore,
    done=_done(gettext_lazy("%(name)s can sign in again.")),
)
CHANGE_ROLE = Verb(
    "change-role",
    lifecycle.change_role,
    title=gettext_lazy("Change the role"),
    form=RoleForm,
    sentence=_change_role,
    done=_done(gettext_lazy("%(name)s is %(role)s now.")),
)
CHANGE_DEPARTMENT = Verb(
    "change-department",
    lifecycle.change_department,
    title=gettext_lazy("Change the department"),
    form=DepartmentForm,
    sentence=_change_department,
    done=_done(gettext_lazy("%(name)s is in %(department)s now.")),
)
CHANGE_EMAIL = Verb(
    "change-email",
    lifecycle.change_email,
    title=gettext_lazy("Change the address"),
    form=EmailForm,
    sentence=_change_email,
    done=_done(gettext_lazy("The address of %(name)s is %(email)s now.")),
)
GRANT = Verb(
    "grant",
    lifecycle.grant,
    title=gettext_lazy("Grant a group"),
    form=GroupForm,
    moot=_has_all_groups,
    sentence=_groups,
    done=_done(gettext_lazy("%(name)s has the group now.")),
)
REVOKE = Verb(
    "revoke",
    lifecycle.revoke,
    title=gettext_lazy("Take a group away"),
    form=RevokeForm,
    moot=_has_no_group,
    sentence=_groups,
    done=_done(gettext_lazy("%(name)s has the group no more.")),
)
END_SESSIONS = Verb(
    "end-sessions",
    lifecycle.end_sessions,
    title=gettext_lazy("Sign out everywhere"),
    sentence=_end_sessions,
    done=_done(gettext_lazy("%(name)s is signed out everywhere.")),
)
REMOVE_SECOND_FACTOR = Verb(
    "remove-second-factor",
    lifecycle.remove_second_factor,
    title=gettext_lazy("Remove the second factor"),
    form=ReasonForm,
    moot=_has_no_second_factor,
    sentence=_remove_second_factor,
    done=_done(gettext_lazy("%(name)s signs in with the password alone now.")),
    danger=True,
)

VERBS = [
    APPROVE, REJECT, SUSPEND, RESTORE, CHANGE_ROLE, CHANGE_DEPARTMENT, CHANGE_EMAIL, GRANT, REVOKE, END_SESSIONS,
    REMOVE_SECOND_FACTOR,
]  # fmt: skip
#: Those that one does with many people at once.
BULK_VERBS = [APPROVE, REJECT, SUSPEND, RESTORE, CHANGE_ROLE, CHANGE_DEPARTMENT]
