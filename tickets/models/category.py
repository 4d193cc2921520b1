"""What can be asked for, and which extra fields each kind of request has. Admins edit both."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from audit.history import History
from audit.versions import VersionedModel
from tickets.enums import CategoryIcon, FieldKind, Priority

# \A and \Z: "$" would let a line break follow.
KEY_PATTERN = r"\A[a-z][a-z0-9_]{0,49}\Z"
NUMBER_KINDS = (FieldKind.INTEGER, FieldKind.MONEY)


def _list_of_words(value: Any) -> None:
    """A JSON column that must be a list of different, non-empty words of at most 100 characters."""
    if not isinstance(value, list) or not all(isinstance(word, str) and 0 < len(word.strip()) <= 100 for word in value):
        raise ValidationError(_("Give a list of words, each at most 100 characters."))
    if any(unicodedata.category(character) in {"Cc", "Cs"} for word in value for character in word):
        raise ValidationError(_("A word can't hold line breaks or control characters."))
    if len(set(value)) != len(value):
        raise ValidationError(_("Each word may stand in the list once."))


class TicketCategory(VersionedModel):
    """A kind of request. Without `assigned_department` the approval must name one."""

    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True, max_length=1000)
    sub_categories = models.JSONField(_("sub-categories"), default=list, blank=True, validators=[_list_of_words])
    default_priority = models.CharField(_("default priority"), max_length=20, choices=Priority, default=Priority.MEDIUM)
    assigned_department = models.ForeignKey(
        "people.Department",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ticket_categories",
        verbose_name=_("department"),
        help_text=_("Who works on these tickets. When empty, whoever approves a ticket chooses."),
    )
    is_active = models.BooleanField(_("offered"), default=True)
    icon = models.CharField(_("icon"), max_length=20, choices=CategoryIcon, default=CategoryIcon.OTHER)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Where it stands among the others; equal ones by name.")
    )

    history = History()

    class Meta:
        verbose_name = _("ticket category")
        verbose_name_plural = _("ticket categories")
        ordering = ["position", "name"]
        permissions = [
            ("import_ticketcategory", "Can bring categories in from spreadsheets"),
            ("export_ticketcategory", "Can export categories"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="category_name_unique"),
            models.CheckConstraint(name="category_name_given", condition=~Q(name="")),
            models.CheckConstraint(name="category_priority", condition=Q(default_priority__in=Priority.values)),
            models.CheckConstraint(name="category_icon", condition=Q(icon__in=CategoryIcon.values)),
        ]

    def __str__(self) -> str:
        return self.name


class CategoryField(VersionedModel):
    """One extra field of a category. Its value lies in `Ticket.dynamic_data` under `key`.

    A field in use is retired (`is_active`), not renamed: tickets that have a value under the old key keep it.
    """

    category = models.ForeignKey(TicketCategory, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(
        _("key"),
        max_length=50,
        validators=[RegexValidator(KEY_PATTERN, _("Small letters, digits and _, beginning with a letter."))],
    )
    label = models.CharField(_("label"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=FieldKind)
    required = models.BooleanField(_("required"), default=False)
    help = models.CharField(_("help"), max_length=300, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True, validators=[_list_of_words])
    not_negative = models.BooleanField(_("not negative"), default=False)
    not_past = models.BooleanField(_("not in the past"), default=False)
    not_before = models.CharField(
        _("not before"), max_length=50, blank=True, help_text=_("The key of another date field of this category.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("asked for"), default=True)

    history = History()

    class Meta:
        verbose_name = _("extra field")
        verbose_name_plural = _("extra fields")
        ordering = ["category", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["category", "key"], name="category_field_key_unique"),
            models.CheckConstraint(name="category_field_key", condition=Q(key__regex=KEY_PATTERN)),
            models.CheckConstraint(name="category_field_label_given", condition=~Q(label="")),
            models.CheckConstraint(name="category_field_kind", condition=Q(kind__in=FieldKind.values)),
            models.CheckConstraint(
                name="category_field_not_negative", condition=Q(not_negative=False) | Q(kind__in=NUMBER_KINDS)
            ),
            models.CheckConstraint(
                name="category_field_date_rules",
                condition=Q(not_past=False, not_before="") | Q(kind=FieldKind.DATE),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        before = CategoryField.objects.filter(pk=self.pk).first() if self.pk else None
        if before is not None and (before.key, before.kind) != (self.key, self.kind):
            raise ValidationError({"key": _("Key and kind of a field stay: retire it, and add another one.")})
        if (self.kind == FieldKind.CHOICE) != bool(self.choices):
            raise ValidationError({"choices": _("A choice needs its list of choices; other kinds have none.")})
        if self.not_before:
            others = CategoryField.objects.filter(category=self.category_id, kind=FieldKind.DATE).exclude(pk=self.pk)
            if not others.filter(key=self.not_before).exists():
                raise ValidationError({"not_before": _("This category has no other date field with that key.")})
