"""Finding rows by what they are called, whatever its case, on both databases.

SQLite lowers ASCII alone. A name with other letters is looked for once more there, by a function of ours: it is asked
of each row where it lies, so that no row is loaded that is not wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections, models
from django.db.models import CharField, Func, Q
from django.db.models.functions import Lower


class _LoweredByPython(Func):
    function = "smartsupport_lower"
    output_field = CharField()


def whatever_case(rows: models.QuerySet, attribute: Any, values: Iterable[str]) -> list[Any]:
    """Those of the rows that have one of these values, in their order. Two of them may have the same one, in another
    case."""
    given = set(values)
    if not given:
        return []
    lowered = {value.lower() for value in given}
    by_index = rows.alias(_lowered=Lower(attribute)).filter(Q(_lowered__in=lowered) | Q(**{f"{attribute}__in": given}))
    found = {row.pk: row for row in by_index}
    beyond = {value for value in lowered if not value.isascii()}
    if beyond and connections[rows.db].vendor == "sqlite":
        _teach(rows.db)
        by_python = rows.alias(_lowered=_LoweredByPython(attribute)).filter(_lowered__in=beyond)
        found |= {row.pk: row for row in by_python.exclude(pk__in=list(found))}
    return list(found.values())


def first_called(rows: models.QuerySet, attribute: str, value: str) -> Any:
    """The first row of this name; None where there is none."""
    return next(iter(whatever_case(rows, attribute, [value])), None)


def _teach(alias: str) -> None:
    """A connection knows the function from then on. It stands in no index, so that other programs need not know it."""
    connection = connections[alias]
    connection.ensure_connection()
    connection.connection.create_function(_LoweredByPython.function, 1, _lower, deterministic=True)


def _lower(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text
