"""Any list of the back office as a file: the columns of its own ModelAdmin, the rows that it shows to who asks.

lists.of(Notice)        # how the list of a model is exported: by its SheetResource, else by a ListResource; or None
lists.named("notice")   # the same, by the word in addresses and rows

No list has to do anything for it. `export_columns` of its ModelAdmin says otherwise: the columns, by names as in
`list_display`; [] for a page that is no list of rows. Whoever may look at the list may take it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from html import unescape
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils.html import strip_tags
from django.utils.safestring import SafeData
from django.utils.text import capfirst, slugify

from jobs.spreadsheet_models import Export
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.outgoing import Outgoing
from jobs.spreadsheets.resources import resource_of, resource_of_model

#: Not for a cell: keys of the storage, and what no page shows as it is stored.
_NO_CELL = (models.FileField, models.BinaryField, models.JSONField)
_LINE_ENDS = re.compile(r"<br\b[^>]*>|</(?:p|li|div|tr|pre)>", re.IGNORECASE)


class ListResource(Outgoing):
    """A list that is exported and not loaded. It gives out what the list and the page of a row show, and not more."""

    def __init__(self, pages: Any) -> None:
        self.pages = pages
        self.kind = self.model._meta.model_name or ""
        self.title = capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def model(self) -> type[models.Model]:
        return self.pages.model

    @property
    def file_stem(self) -> str:
        return slugify(str(self.title)) or self.kind

    def may_export(self, person: Any) -> bool:
        request = asked_by(person)
        return bool(admin.site.has_permission(request) and self.pages.has_view_permission(request))

    def exported(self, person: Any) -> models.QuerySet[Any]:
        request = asked_by(person)
        found = self.pages.get_queryset(request)
        chosen = self.pages.get_list_select_related(request)
        found = found.select_related() if chosen is True else found.select_related(*chosen) if chosen else found
        related = [name for name in self._names(request) if _is_relation(_field(self.model, name))]
        return found.select_related(*related) if related else found

    def columns_for(self, person: Any) -> list[Column]:
        return [self._column(name) for name in self._names(asked_by(person))]

    def ticked_for(self, person: Any) -> list[str]:
        """The columns that the list itself has: the others are there for the asking."""
        return list(self._listed(asked_by(person)))

    def _listed(self, request: HttpRequest) -> Sequence[str]:
        own = getattr(self.pages, "export_columns", None)
        return list(self.pages.get_list_display(request) if own is None else own)

    def _names(self, request: HttpRequest) -> list[str]:
        listed = self._listed(request)
        if getattr(self.pages, "export_columns", None) is not None:
            return list(listed)
        return [*listed, *(name for name in self._of_page(request) if name not in listed)]

    def _of_page(self, request: HttpRequest) -> list[str]:
        """The columns that the page of a row shows as they are stored. Only where somebody has written down which:
        what Django would show by itself nobody has looked at. What is computed there may ask the database each time.
        """
        if not (self.pages.fields or self.pages.fieldsets):
            return []
        names = flatten_fieldsets(self.pages.get_fieldsets(request))
        fields = [_field(self.model, name) for name in names]
        return [field.name for field in fields if field is not None and not isinstance(field, _NO_CELL)]

    def _column(self, name: str) -> Column:
        title, field = capfirst(str(label_for_field(name, self.model, self.pages))), _field(self.model, name)
        if field is None:
            column = Column(title, dehydrate_method=partial(self._computed, name), can_import=False)
        elif field.flatchoices:
            # Translated once, not in every row.
            words = {value: str(word) for value, word in field.flatchoices}
            column = Column(title, dehydrate_method=partial(_chosen, field.attname, words), can_import=False)
        else:
            column = Column(title, attribute=name, can_import=False)
        column.named(name)
        return column

    def _computed(self, name: str, row: Any) -> Any:
        value = lookup_field(name, row, self.pages)[-1]
        return _without_tags(value) if isinstance(value, SafeData) else value


def _chosen(name: str, words: Mapping[Any, str], row: Any) -> Any:
    value = getattr(row, name)
    return words.get(value, value)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    """The model's own column of this name."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) and found.concrete and not found.many_to_many else None


def _is_relation(field: models.Field[Any, Any] | None) -> bool:
    return field is not None and field.is_relation


def _without_tags(html: Any) -> str:
    """As it is read: the words of a link are there, its address is not."""
    return unescape(strip_tags(_LINE_ENDS.sub("\n", str(html)))).strip()


def asked_by(person: Any, query: str = "") -> HttpRequest:
    """As if this person had asked for the list."""
    request = HttpRequest()
    request.method, request.GET, request.user = "GET", QueryDict(query), person
    return request


# Which there are


def of(model: type[models.Model]) -> Outgoing | None:
    """How the list of these rows is exported. Where they have a SheetResource, by that alone: it has rights of its
    own."""
    found = resource_of_model(model)
    pages: Any = admin.site._registry.get(model)
    if found is not None or pages is None or getattr(pages, "export_columns", None) == []:
        return found
    return ListResource(pages)


def named(kind: str) -> Outgoing | None:
    return resource_of(kind) or next((each for each in _lists() if each.kind == kind), None)


def any_for(person: Any) -> bool:
    """Whether there is a list that somebody may take out. Not asked of the list of exports, which asks this."""
    return any(each.may_export(person) for each in _lists() if each.model is not Export)


def _lists() -> Iterator[ListResource]:
    found = (of(model) for model in admin.site._registry)
    return (each for each in found if isinstance(each, ListResource))
