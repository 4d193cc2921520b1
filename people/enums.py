"""The words about people, and their named sets. Source: domain.md "People". The stored value is the word itself."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    PENDING = "Pending", _("Pending")
    APPROVED = "Approved", _("Approved")
    REJECTED = "Rejected", _("Rejected")
    SUSPENDED = "Suspended", _("Suspended")


class Role(TextChoices):
    EMPLOYEE = "Employee", _("Employee")
    TICKET_COORDINATOR = "Ticket Coordinator", _("Ticket Coordinator")
    SYSTEM_ADMIN = "System Admin", _("System Admin")


class GrantedGroup(TextChoices):
    """What an admin may grant besides the role."""

    HELP_CENTER_EDITOR = "Help Center Editor", _("Help Center Editor")
    DATA_CLERK = "Data Clerk", _("Data Clerk")


class Scope(TextChoices):
    """What an API key may be used for, at most. What `people.api_keys` asks; a person's own rights come on top."""

    READ = "read", _("read: look up what this person may see")
    SUBMIT = "submit", _("submit: ask for things and follow up: tickets of their own, public comments, files")
    WORK = "work", _("work: decide about tickets and work on them, internal notes included")
    PEOPLE = "people", _("people: look up accounts and decide about them")


class Suffix(TextChoices):
    JUNIOR = "Jr.", _("Jr.")
    SENIOR = "Sr.", _("Sr.")
    SECOND = "II", "II"
    THIRD = "III", "III"
    FOURTH = "IV", "IV"
    FIFTH = "V", "V"


#: Approved people of these roles are staff of the back office.
STAFF_ROLES = (Role.TICKET_COORDINATOR, Role.SYSTEM_ADMIN)

NAME_LENGTH = (1, 100)
EMAIL_LENGTH = (3, 254)
PASSWORD_LENGTH = (8, 128)
#: What a person must explain.
REASON_LENGTH = (1, 5_000)
