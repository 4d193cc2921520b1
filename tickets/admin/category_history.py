"""What happened to a category and its extra fields so far, in sentences; one story of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from people import browsers
from people.models import Department
from people.narrative import Difference, Entry, who_of
from tickets.models import CategoryField, TicketCategory

MOST = 50
CATEGORY_COLUMNS = (
    "name", "description", "icon", "sub_categories", "assigned_department_id", "default_priority", "position",
    "is_active",
)  # fmt: skip
FIELD_COLUMNS = (
    "label", "required", "help", "choices", "not_negative", "not_past", "not_before", "position", "is_active",
)  # fmt: skip


def of_category(category: TicketCategory, *, most: int = MOST) -> list[Entry]:
    """Newest first; three statements."""
    newest = ("-history_date", "-history_id")
    own = list(category.history.select_related("history_user").order_by(*newest)[: most + 1])
    history: Any = CategoryField.history
    fields = list(history.filter(category_id=category.pk).select_related("history_user").order_by(*newest)[: 4 * most])
    names = dict(Department.objects.values_list("pk", "name"))
    entries = [_entry(after, before, CATEGORY_COLUMNS, names) for after, before in _pairs(own)]
    entries += [_entry(after, before, FIELD_COLUMNS, names) for after, before in _pairs(fields)]
    return sorted(entries, key=lambda entry: entry.when, reverse=True)[:most]


def _pairs(rows: list[Any]) -> list[tuple[Any, Any]]:
    """Each row with the one before it of the same thing."""
    of_each: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        of_each[row.id].append(row)
    return [pair for each in of_each.values() for pair in zip(each, [*each[1:], None], strict=True)]


def _entry(after: Any, before: Any, columns: Sequence[str], names: dict[Any, str]) -> Entry:
    changed = [column for column in columns if before is not None and getattr(before, column) != getattr(after, column)]
    return Entry(
        when=after.history_date,
        sentence=_sentence(after, before, is_field=columns is FIELD_COLUMNS),
        reason=after.history_change_reason or "",
        who=after.history_user,
        address=after.ip_address or "",
        browser=browsers.in_words(after.user_agent) if after.user_agent else "",
        differences=[
            Difference(
                str(after._meta.get_field(column).verbose_name),
                _shown(before, column, names),
                _shown(after, column, names),
            )
            for column in changed
        ],
    )


def _sentence(after: Any, before: Any, *, is_field: bool) -> str:
    words = {"who": who_of(after), "label": after.label if is_field else ""}
    if before is None:
        return (_("%(who)s added the field “%(label)s”.") if is_field else _("%(who)s made the category.")) % words
    if before.is_active and not after.is_active:
        return (_("%(who)s retired the field “%(label)s”.") if is_field else _("%(who)s retired the category.")) % words
    if after.is_active and not before.is_active:
        said = _("%(who)s took the field “%(label)s” into use again.") if is_field else _("%(who)s offered it again.")
        return said % words
    return (_("%(who)s changed the field “%(label)s”.") if is_field else _("%(who)s changed the category.")) % words


def _shown(row: Any, column: str, names: dict[Any, str]) -> str:
    value = getattr(row, column)
    if column == "assigned_department_id":
        return names.get(value, "") or _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or _("none")
    choices = dict(row._meta.get_field(column).flatchoices or [])
    return str(choices.get(value, value)) or _("none")
