"""Many rows out of few: a small house is made by the models, a large one copied from it inside the database.

Columns are read from the models, so a new one needs no change here; copies pass the same constraints as their originals
since each differs only in its keys, and lies as a whole in an earlier time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, models

#: Copy number k lies k times this long before its original. Originals lie within it.
STEP = timedelta(days=7)
#: Where keys go on for rows that are made during the measurements: beyond every copy.
FREE_KEYS = 100_000_000
#: A word that one ticket in a hundred has.
RARE_WORD, RARE_EVERY = "thermostat", 100
#: What both sides show to whoever reads.
ARTICLE_TITLE = "The printer is jammed"
ARTICLE_HTML = "".join(
    f"<h2>Step {step}</h2><p>{'Open the tray, take out the paper, and look for a piece that was torn off. ' * 6}</p>"
    for step in range(1, 6)
)
#: Rows that the originals may be made of at most; what is beyond is copied.
ORIGINALS_MOST = 1_000


def chance(seed: int) -> random.Random:
    """The same choices every time."""
    return random.Random(seed)  # noqa: S311 - data for measuring, not a secret


@dataclass(frozen=True)
class Kind:
    """A table to be multiplied. `per_ticket`: its rows for each ticket; `columns`: those that copies say otherwise.

    In an expression of `columns`, {step} stands for how far the key of a copy's ticket lies from the original's.
    """

    model: type[models.Model]
    per_ticket: int = 1
    columns: Mapping[str, str] = field(default_factory=dict)


def multiply(kinds: Sequence[Kind], *, originals: int, before: int, after: int) -> None:
    """From `before` tickets to `after`; the first `originals` are copied. Keys of originals are 1, 2, 3, …"""
    per_ticket = {kind.model._meta.label: kind.per_ticket for kind in kinds}
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(_copy(kind, per_ticket, originals=originals, before=before, after=after))


def free_keys(kinds: Sequence[Kind]) -> None:
    """Have the database give keys beyond those of all copies."""
    with connection.cursor() as cursor:
        for kind in kinds:
            table, key = kind.model._meta.db_table, kind.model._meta.pk.column
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, key, FREE_KEYS])


def settle() -> None:
    """Fresh statistics, and what was filled written to disk now and not while somebody measures."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("CHECKPOINT")


def _copy(kind: Kind, per_ticket: Mapping[str, int], *, originals: int, before: int, after: int) -> str:
    meta = kind.model._meta
    stride = originals * kind.per_ticket
    columns = [(f'"{field.column}"', _value(field, kind, per_ticket, originals)) for field in meta.concrete_fields]
    names, values = ", ".join(name for name, _v in columns), ", ".join(value for _n, value in columns)
    key = f'"{meta.pk.column}"'
    return (
        f'INSERT INTO "{meta.db_table}" ({names}) '  # noqa: S608 - names of our own models
        f'SELECT {values} FROM "{meta.db_table}", generate_series(0, {after // originals}) AS k '
        f"WHERE {key} <= {stride} AND {key} + k * {stride} > {before * kind.per_ticket} "
        f"AND {key} + k * {stride} <= {after * kind.per_ticket}"
    )


def _value(field: models.Field, kind: Kind, per_ticket: Mapping[str, int], originals: int) -> str:
    column = f'"{field.column}"'
    if field.name in kind.columns:
        return kind.columns[field.name].format(step=f"k * {originals}")
    if field.primary_key:
        return f"{column} + k * {originals * kind.per_ticket}"
    target = field.related_model._meta.label if field.is_relation else None
    if target in per_ticket:
        return f"{column} + k * {originals * per_ticket[target]}"
    if isinstance(field, models.DateTimeField):
        return f"{column} - k * interval '{STEP.days} days'"
    return column
