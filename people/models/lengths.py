"""Lengths that the database itself holds: SQLite ignores a column's length, and no database knows a least one."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual


def length_between(field: str, least: int, most: int) -> Q:
    """The condition of a CheckConstraint; both ends belong to it."""
    return Q(GreaterThanOrEqual(Length(field), least)) & Q(LessThanOrEqual(Length(field), most))
