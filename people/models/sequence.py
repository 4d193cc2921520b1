"""The last number given out, by name. A row, not a database sequence: the same on SQLite, and dumped with the data."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NumberSequence(models.Model):
    """Written by `people.numbers.take_next` alone."""

    name = models.CharField(_("name"), max_length=50, unique=True)
    last = models.PositiveBigIntegerField(_("last number given"), default=0)

    class Meta:
        verbose_name = _("number sequence")
        verbose_name_plural = _("number sequences")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="sequence_name_given", condition=~Q(name="")),
            models.CheckConstraint(name="sequence_not_negative", condition=Q(last__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"
