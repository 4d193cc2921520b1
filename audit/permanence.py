"""Rows that are written once. Later they will be sealed; already now no code of ours can change or delete one."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class PermanentRecord(Exception):
    """Somebody tried to change or delete a row of the record."""


class PermanentQuerySetMixin:
    """For a QuerySet that reads and adds, and refuses to change or delete."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise PermanentRecord(f"{self.model._meta.verbose_name}: such rows are written once.")  # type: ignore[attr-defined]  # a mixin: the queryset has it

    # Templates look at this mark before they call anything.
    _refuse.alters_data = True  # type: ignore[attr-defined]
    update = delete = bulk_update = update_or_create = _refuse

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("update_conflicts"):
            self._refuse()
        return super().bulk_create(*args, **kwargs)  # type: ignore[misc]  # a mixin: the queryset has it


class PermanentQuerySet(PermanentQuerySetMixin, models.QuerySet):
    pass


class PermanentModel(models.Model):
    """Base of tables that may only grow."""

    objects = PermanentQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise PermanentRecord(f"{self._meta.verbose_name}: such rows are written once.")
        # With a key that is taken, a plain save() would be an UPDATE of that row.
        super().save(*args, **{**kwargs, "force_insert": True, "force_update": False})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise PermanentRecord(f"{self._meta.verbose_name}: such rows are written once.")
