"""What a list must say of itself so that it can be written into a file."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.functional import Promise

from jobs.spreadsheets.columns import Column


class Outgoing:
    """`kind`: its word in addresses and rows."""

    kind: str = ""
    title: str | Promise = ""
    #: The question with which the list in the back office shows all rows, where it shows fewer without one.
    whole_list: ClassVar[str] = ""
    #: Whether what goes out may come in again.
    comes_back: ClassVar[bool] = False

    @property
    def model(self) -> type[models.Model]:
        raise NotImplementedError

    @property
    def file_stem(self) -> str:
        return str(self.kind)

    def may_export(self, person: Any) -> bool:
        raise NotImplementedError

    def exported(self, person: Any) -> models.QuerySet[Any]:
        """The rows that somebody may know of, with what their columns need."""
        raise NotImplementedError

    def columns_for(self, person: Any) -> list[Column]:
        """Those that this person may have, in their order."""
        raise NotImplementedError

    def ticked_for(self, person: Any) -> list[str]:
        """The names of those that are in the file unless somebody says otherwise."""
        return [column.name for column in self.columns_for(person)]
