"""People's pictures on disk, in step with their rows: none left behind by a failure, none kept after its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import transaction

from people.models import Employee


@contextmanager
def in_step(person: Employee) -> Iterator[None]:
    """Around a change inside a transaction. A failure removes the new file; the old one goes after the commit."""
    storage, was = person.image.storage, person.image.name or ""
    try:
        yield
    except BaseException:
        # Only a file that the save has stored; before that, `name` is what somebody called it.
        is_stored = bool(person.image) and person.image._committed  # type: ignore[attr-defined]  # Django's own mark
        if is_stored and person.image.name and person.image.name != was:
            storage.delete(person.image.name)
        raise
    if was and was != person.image.name:
        transaction.on_commit(partial(storage.delete, was))
