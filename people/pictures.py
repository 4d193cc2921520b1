"""People's pictures on disk, in step with their rows: none left behind by a failure, none kept after its time.

Files move outside transactions: a slow storage would keep everybody waiting who wants the rows that are locked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from audit.reading import Unfit
from people import values
from people.models import Employee


class NewPicture:
    """A picture on its way to a row: looked at when this is made, given a `name` in the storage by `stored`.

    What is wrong with it is said when `check` is read, together with what is wrong with the rest.
    """

    def __init__(self, given: Any) -> None:
        self.name = ""
        self.is_wanted = True
        self._file: ContentFile | None = None
        self._unfit: Unfit | None = None
        try:
            self._file = values.picture(given)
        except Unfit as unfit:
            self._unfit = unfit

    def check(self) -> None:
        """A reader for `audit.reading`."""
        if self._unfit:
            raise self._unfit

    @contextmanager
    def stored(self) -> Iterator[None]:
        """Around the transaction: stored before it, removed after it when it failed or did not want the picture."""
        if self._file is None:
            yield
            return
        field = Employee._meta.get_field("image")
        name = field.generate_filename(Employee(), str(self._file.name))
        self.name = field.storage.save(name, self._file, max_length=field.max_length)
        with ExitStack() as undo:
            undo.callback(field.storage.delete, self.name)
            yield
            if self.is_wanted:
                undo.pop_all()


@contextmanager
def in_step(person: Employee) -> Iterator[None]:
    """Around a change inside a transaction: the picture that the row names no more goes after the commit."""
    storage, was = person.image.storage, person.image.name or ""
    yield
    if was and was != person.image.name:
        # Robust, since the change stands by then: a storage that fails must not make it look undone.
        def remove() -> None:
            storage.delete(was)

        transaction.on_commit(remove, robust=True)
