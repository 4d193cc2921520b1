"""Numbers given out once: from a row, under its lock. Never a count of rows; a gap is fine, a double is not."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F

from people.models.sequence import NumberSequence

COMPANY_IDS = "company ID"


def take_next(name: str) -> int:
    """The next number of the sequence `name`, beginning with 1. Call it inside the transaction that uses the number.

    The UPDATE takes the row's lock and keeps it until that transaction ends, so nobody else can read the number in
    between, and a rollback gives it back.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A number is taken in the transaction that uses it.")
    number = _add_one(name)
    if number is None:
        try:
            # A savepoint: on PostgreSQL the refused insert would take the caller's transaction with it.
            with transaction.atomic():
                NumberSequence.objects.create(name=name)
        except IntegrityError:
            pass  # Somebody else's first use was faster; their row is there now.
        number = _add_one(name)
    if number is None:
        raise RuntimeError(f"The sequence {name!r} was taken away while it was used.")
    return number


def _add_one(name: str) -> int | None:
    connection = transaction.get_connection()
    if connection.vendor != "postgresql":
        # Older SQLites have no RETURNING; there nobody else writes meanwhile anyway.
        NumberSequence.objects.filter(name=name).update(last=F("last") + 1)
        return NumberSequence.objects.filter(name=name).values_list("last", flat=True).first()
    # Both in one statement, which the ORM has no words for: everybody who submits waits for this row.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_numbersequence SET last = last + 1 WHERE name = %s RETURNING last", [name])
        row = cursor.fetchone()
    return row[0] if row else None


def next_company_id() -> str:
    """MA0001, MA0002, … MA9999, MA10000. Inside the transaction that stores the person."""
    return f"MA{take_next(COMPANY_IDS):04d}"
