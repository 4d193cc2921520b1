"""Rows that are written once. Later they will be sealed; already now no code of ours can change or delete one."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class PermanentRecord(Exception):
    """Somebody tried to change or delete a row of the record."""


class PermanentQuerySetMixin:
    """For a QuerySet that reads and adds, and refuses to change or delete."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise PermanentRecord(f"{self.model._meta.verbose_name}: such rows are written once.")  # type: ignore[attr-defined]

    # Templates look at this mark before they call anything.
    _refuse.alters_data = True  # type: ignore[attr-defined]
    update = delete = bulk_update = _refuse


class PermanentQuerySet(PermanentQuerySetMixin, models.QuerySet):
    pass


class PermanentModel(models.Model):
    """Base of tables that may only grow."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise PermanentRecord(f"{self._meta.verbose_name}: such rows are written once.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise PermanentRecord(f"{self._meta.verbose_name}: such rows are written once.")
