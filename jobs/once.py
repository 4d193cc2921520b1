"""A form that is sent twice does its work once: a double click, a reload, "back" and again.

A page shows a random token in its form (`<input type="hidden" name="once">`). The first request with it gets the turn;
whoever comes with the same token and the same words waits for it and is led to what it made. Other words under the same
token (somebody went back and asks for something else) are another turn. A form without a token always has one.

turn = once.turn(request, "ticket")
if turn.made: …           # the first one made this
elif turn.is_taken: …     # it is still at it
else: … turn.finish(number)     # or turn.finish("") when nothing came of it
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

FIELD = "once"
#: Seconds that a turn may take; a worker that died in it does not keep the form from being sent for longer.
TAKEN_FOR = 120
#: Seconds in which a form that was sent already leads to what came of it.
REMEMBERED_FOR = 24 * 60 * 60
#: Seconds that the second waits for the first.
PATIENCE = 15.0
_PAUSE = 0.1
_TAKEN = ""
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Turn:
    """`made`: what an earlier request made of this form. `is_taken`: another one is at it, for longer than we wait."""

    key: str = ""
    made: str = ""
    is_taken: bool = False

    def finish(self, made: str) -> None:
        """Remember what came of it; "": nothing did, and the form may be sent again."""
        if self.key and made:
            cache.set(self.key, made, REMEMBERED_FOR)
        elif self.key:
            cache.delete(self.key)


def token() -> str:
    return uuid.uuid4().hex


def turn(request: HttpRequest, what: str) -> Turn:
    """`what` the form makes: the same token stands for nothing else, and for nobody else."""
    given = request.POST.get(FIELD, "")
    if not _TOKEN.fullmatch(given):
        return Turn()
    key = f"once:{what}:{request.user.pk}:{given}:{_words(request)}"
    until = time.monotonic() + PATIENCE
    # `add` is the lock: one of many at the same moment gets True, in every kind of cache that we run on.
    while not cache.add(key, _TAKEN, TAKEN_FOR):
        made = cache.get(key)
        if made:
            return Turn(made=made)
        if time.monotonic() > until:
            return Turn(is_taken=True)
        time.sleep(_PAUSE)
    return Turn(key)


def _words(request: HttpRequest) -> str:
    """What was sent, in short. Of files the name and the size: nobody changes one between two clicks."""
    digest = hashlib.sha256()
    for name in sorted(set(request.POST) - {"csrfmiddlewaretoken", FIELD}):
        for value in request.POST.getlist(name):
            digest.update(f"{len(name)}:{name}{len(value)}:{value}".encode("utf-8", "surrogatepass"))
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(f"{name}/{file.name}/{file.size}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]
