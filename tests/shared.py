"""What all tests of a file look at, made once for them: each sees it as it was, and after the last it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest_django
from django.db import transaction


@contextmanager
def for_all_tests_of_a_file(blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """Within it rows may be made by a fixture of the module. What a test changes is rolled back to them; what really
    commits (`transaction=True`) has no place in such a file."""
    with blocker.unblock():
        outer = transaction.atomic()
        # As Django marks those of its own test cases: code that must be outermost is, but for the tests.
        outer._from_testcase = True
        outer.__enter__()
        try:
            yield
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)
