"""Numbers given out once: from a row, under its lock. Never a count of rows; a gap is fine, a double is not."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F

from people.models.sequence import NumberSequence

COMPANY_IDS = "company ID"


def take_next(name: str, count: int = 1) -> int:
    """The next number of the sequence `name`, beginning with 1: the first of `count` that are the caller's. Call it
    inside the transaction that uses them.

    The UPDATE takes the row's lock and keeps it until that transaction ends, so nobody else can read the number in
    between, and a rollback gives it back.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A number is taken in the transaction that uses it.")
    last = _add(name, count)
    if last is None:
        try:
            # A savepoint: on PostgreSQL the refused insert would take the caller's transaction with it.
            with transaction.atomic():
                NumberSequence.objects.create(name=name)
        except IntegrityError:
            pass  # Somebody else's first use was faster; their row is there now.
        last = _add(name, count)
    if last is None:
        raise RuntimeError(f"The sequence {name!r} was taken away while it was used.")
    return last - count + 1


def _add(name: str, count: int) -> int | None:
    connection = transaction.get_connection()
    if connection.vendor != "postgresql":
        # Older SQLites have no RETURNING; there nobody else writes meanwhile anyway.
        NumberSequence.objects.filter(name=name).update(last=F("last") + count)
        return NumberSequence.objects.filter(name=name).values_list("last", flat=True).first()
    # Both in one statement, which the ORM has no words for: everybody who submits waits for this row.
    with connection.cursor() as cursor:
        statement = "UPDATE people_numbersequence SET last = last + %s WHERE name = %s RETURNING last"
        cursor.execute(statement, [count, name])
        row = cursor.fetchone()
    return row[0] if row else None


def next_company_id() -> str:
    """MA0001, MA0002, … MA9999, MA10000. Inside the transaction that stores the person."""
    return next_company_ids(1)[0]


def next_company_ids(count: int) -> list[str]:
    """So many in a row, for people who come in together."""
    first = take_next(COMPANY_IDS, count)
    return [f"MA{number:04d}" for number in range(first, first + count)]
