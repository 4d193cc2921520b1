"""A version number on every row that two people may edit at once, and no save over a newer one."""

from __future__ import annotations

from typing import Any

from django.db import models

from audit.refusals import StaleVersion


class VersionedModel(models.Model):
    """`version` grows by one with every save; saving a row that somebody else saved meanwhile raises StaleVersion.

    The door's lock makes that impossible for verbs; this holds for whatever else calls save() (an admin form, a shell).
    """

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        adding = self._state.adding
        before = self.version
        if not adding:
            self.version = before + 1
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version"}
        try:
            super().save(*args, **kwargs)
        except BaseException:
            self.version = before
            raise

    def _do_update(self, base_qs: Any, *args: Any, **kwargs: Any) -> Any:
        # The hook that Django's own save() calls for its UPDATE: one more condition there makes comparing and writing
        # one statement. Answers what Django's answers (whether a row was written).
        updated = super()._do_update(base_qs.filter(version=self.version - 1), *args, **kwargs)
        if not updated and base_qs.filter(pk=self.pk).exists():
            raise StaleVersion(base_qs.filter(pk=self.pk).first())
        return updated
