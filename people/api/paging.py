"""Pages of a list, by where the last one ended and not by a number: rows that come or go meanwhile move nothing.

return page(request, tickets, ORDERS["-submit_date"], "-submit_date", shown)

An order ends with the key of the row, so that no two rows stand at the same place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from audit.refusals import InvalidValues

PAGE_SIZE, PAGE_SIZE_MOST = 25, 100
CURSOR, SIZE = "cursor", "page_size"
#: Ours have about 150 characters.
_CURSOR_LENGTH = 1_000
_signer = signing.Signer(salt="people.api.paging")


@dataclass(frozen=True)
class Key:
    """One of what a list is ordered by. Never null."""

    by: str | Combinable
    falling: bool = False


Order = Sequence[Key]


@dataclass(frozen=True)
class _Place:
    """Where a page begins: the keys of the row that it comes after, or `backwards` before."""

    values: list[Any]
    backwards: bool = False


def page(
    request: Request, rows: QuerySet, order: Order, name: str, shown: Callable[[list[Any]], list[Any]]
) -> Response:
    """`name` of the order: a place in one is none in another. Raises InvalidValues."""
    size, place = _size(request), _place(request, name)
    backwards = place is not None and place.backwards
    names = [f"_key_{number}" for number in range(len(order))]
    rows = rows.annotate(
        **{each: F(key.by) if isinstance(key.by, str) else key.by for each, key in zip(names, order, strict=True)}
    )
    falls = [key.falling != backwards for key in order]
    if place is not None:
        rows = rows.filter(_beyond(names, falls, place.values))
    ordering = [F(each).desc() if falling else F(each).asc() for each, falling in zip(names, falls, strict=True)]
    found = list(rows.order_by(*ordering)[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    is_first, is_last = (not has_more, not found) if backwards else (place is None or not found, not has_more)

    def link(row: Any, *, back: bool) -> str:
        return _link(request, _written(name, [getattr(row, each) for each in names], back=back))

    return Response(
        {
            "results": shown(found),
            "next": None if is_last else link(found[-1], back=False),
            "previous": None if is_first else link(found[0], back=True),
        }
    )


def _beyond(names: list[str], falls: list[bool], values: list[Any]) -> Q:
    """Rows that come after these keys: further by the first, or there and further by the second, and so on."""
    found = Q(pk__in=[])
    for number, (name, falling) in enumerate(zip(names, falls, strict=True)):
        same = dict(zip(names[:number], values, strict=False))
        found |= Q(**same, **{f"{name}__{'lt' if falling else 'gt'}": values[number]})
    # Said once more of the first alone: that much an index can find.
    return Q(**{f"{names[0]}__{'lte' if falls[0] else 'gte'}": values[0]}) & found


def _size(request: Request) -> int:
    given = request.query_params.get(SIZE, str(PAGE_SIZE))
    if given.isascii() and given.isdigit() and len(given) < 9 and 1 <= int(given) <= PAGE_SIZE_MOST:
        return int(given)
    raise InvalidValues({SIZE: _("Give a number from 1 to %(most)d.") % {"most": PAGE_SIZE_MOST}})


def _place(request: Request, name: str) -> _Place | None:
    given = request.query_params.get(CURSOR)
    if not given:
        return None
    try:
        if len(given) > _CURSOR_LENGTH:
            raise signing.BadSignature
        order, backwards, values = _signer.unsign_object(given)
    except (signing.BadSignature, ValueError):
        # What is signed by us is also whole; whatever else is wrong with it nobody needs to know.
        raise _no_cursor() from None
    if order != name:
        raise _no_cursor()
    return _Place([_read(value) for value in values], backwards)


def _no_cursor() -> InvalidValues:
    sentence = _("This is no cursor of this list. Follow “next” and “previous” as they are, or begin anew without one.")
    return InvalidValues({CURSOR: sentence})


def _written(name: str, values: list[Any], *, back: bool) -> str:
    plain = [{"at": value.isoformat()} if isinstance(value, dt.datetime) else value for value in values]
    return _signer.sign_object([name, back, plain])


def _read(value: Any) -> Any:
    return dt.datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value


def _link(request: Request, cursor: str) -> str:
    asked = request.query_params.copy()
    asked[CURSOR] = cursor
    return request.build_absolute_uri(f"{request.path}?{asked.urlencode()}")
