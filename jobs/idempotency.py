"""A call that a program repeats does its work once: by the key that the program gave it (`Idempotency-Key`).

turn = claim("4711", by=ana, digest=…)     # raises AnotherCall, InWork
if turn.is_done: …                         # turn.made: what the first call made
with given_back_on_failure(turn), transaction.atomic():
    made = …
    finish(turn, made)

The row is committed before the work begins and finished in the transaction of the work. So a crash before that commit
leaves nothing but a key in work, which is free again after a while; and whoever was so slow that another call took its
key can't finish any more, and what it did is rolled back. Never two, never half of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.refusals import Reason, Refused
from jobs.models import IdempotencyKey, random_key

KEY_LENGTH = 255
KEPT = timedelta(hours=24)
#: A worker that died leaves its key in work for so long. Longer than any call of ours takes.
TAKEN_FOR = timedelta(seconds=120)
#: Seconds after which whoever finds a key in work may ask again: the other call is mostly done by then.
WAIT = 1


class AnotherCall(Exception):
    """The key stands for something else."""


class Lost(Exception):
    """It took so long that another call has the key by now."""


class InWork(Refused):
    """The first call with this key is not through yet. `seconds`: ask again after them."""

    def __init__(self) -> None:
        self.seconds = WAIT
        super().__init__(
            [Reason("in_work", _("The first call with this key is still at work. Ask again in a moment."))]
        )


@dataclass(frozen=True)
class Turn:
    """`made`: what an earlier call made, when it `is_done`. Otherwise it is ours to do; `token` says that it is."""

    row: int
    token: str = ""
    made: str = ""
    is_done: bool = False


def claim(key: str, *, by: Any, digest: str) -> Turn:
    """The turn of this person with this key. Never inside a transaction: others must see that it is taken."""
    now, token = timezone.now(), random_key()
    theirs = IdempotencyKey.objects.filter(person=by, key=key)
    theirs.filter(created_at__lte=now - KEPT).delete()
    try:
        with transaction.atomic():
            made = IdempotencyKey.objects.create(
                person=by, key=key, digest=digest, turn=token, taken_until=now + TAKEN_FOR, created_at=now
            )
        return Turn(made.pk, token)
    except IntegrityError:
        there = theirs.first()
    if there is None:
        raise InWork  # given back in this very moment
    if there.digest != digest:
        raise AnotherCall
    if there.is_done:
        return Turn(there.pk, made=there.made, is_done=True)
    dead = IdempotencyKey.objects.filter(pk=there.pk, turn=there.turn, is_done=False, taken_until__lte=now)
    if not dead.update(turn=token, taken_until=now + TAKEN_FOR):
        raise InWork
    return Turn(there.pk, token)


def finish(turn: Turn, made: str) -> None:
    """Note what came of it, in the transaction that made it. Raises Lost, with which that transaction rolls back."""
    ours = IdempotencyKey.objects.filter(pk=turn.row, turn=turn.token, is_done=False)
    if not ours.update(made=made, is_done=True):
        raise Lost


@contextmanager
def given_back_on_failure(turn: Turn) -> Iterator[None]:
    """What was refused or broke off made nothing: the same key may come again, also with other values."""
    is_through = False
    try:
        yield
        is_through = True
    except Lost:
        raise InWork from None
    finally:
        if not is_through:
            IdempotencyKey.objects.filter(pk=turn.row, turn=turn.token, is_done=False).delete()


def prune() -> int:
    """Remove keys that nobody can repeat any more; how many."""
    return IdempotencyKey.objects.filter(created_at__lte=timezone.now() - KEPT).delete()[0]
