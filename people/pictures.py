"""People's pictures on disk, in step with their rows: none left behind by a failure, none kept after its time.

Files move outside transactions: a slow storage would keep everybody waiting who wants the rows that are locked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from audit.reading import Unfit
from audit.refusals import InvalidValues
from people import values
from people.models import Employee


class NewPicture:
    """A picture on its way to a row: glanced at when this is made, drawn anew and given a `name` by `stored`.

    What is wrong with it is said when `check` is read, together with what is wrong with the rest. A form that is read
    before `stored` costs no memory for a picture when something else in it is wrong; then what only the pixels tell is
    said by `stored`.
    """

    def __init__(self, given: Any) -> None:
        self.name = ""
        self._given = given
        self._unfit: Unfit | None = None
        self._was_read = False
        try:
            values.glanced_picture(given)
        except Unfit as unfit:
            self._unfit = unfit

    def check(self) -> None:
        """A reader for `audit.reading`."""
        if self._unfit:
            raise self._unfit
        self._was_read = True

    def _drawn(self) -> ContentFile | None:
        if self._unfit:
            return None
        try:
            return values.picture(self._given)
        except Unfit as unfit:
            if self._was_read:
                raise InvalidValues({"image": str(unfit)}) from unfit
            self._unfit = unfit
            return None

    @contextmanager
    def stored(self) -> Iterator[None]:
        """Around the transaction: stored before it, removed after it when it failed.

        One that was stored and then not wanted is left to `sweep`: removing it would take time, and tell who signs up
        that the address is known.
        """
        file = self._drawn()
        if file is None:
            yield
            return
        field = Employee._meta.get_field("image")
        name = field.generate_filename(Employee(), str(file.name))
        self.name = field.storage.save(name, file, max_length=field.max_length)
        with ExitStack() as undo:
            undo.callback(field.storage.delete, self.name)
            yield
            undo.pop_all()


def sweep(*, older_than: timedelta = timedelta(hours=1)) -> int:
    """Remove files that no person names: of crashes between file and commit, and of applications with known addresses.
    Answers how many. `older_than`: younger ones may belong to a transaction that is not through yet."""
    field = Employee._meta.get_field("image")
    folder = "people/pictures"
    if not field.storage.exists(folder):
        return 0
    names = [f"{folder}/{name}" for name in field.storage.listdir(folder)[1]]
    named = set(Employee.objects.exclude(image="").values_list("image", flat=True))
    long_ago = timezone.now() - older_than
    orphans = [name for name in names if name not in named and field.storage.get_modified_time(name) < long_ago]
    for name in orphans:
        field.storage.delete(name)
    return len(orphans)


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
