"""What every view of the API is: for whoever is signed in, with answers that nobody on the way may keep."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.refusals import InvalidValues, Reason, Refused
from jobs import idempotency
from people.models import Employee

KEY_HEADER = "Idempotency-Key"
#: For the documentation of what takes part.
KEY_HEADERS = [
    OpenApiParameter(
        KEY_HEADER,
        {"type": "string", "minLength": 1, "maxLength": idempotency.KEY_LENGTH, "pattern": "^[ -~]+$"},
        OpenApiParameter.HEADER,
        description="Any text that you use for one call only. Repeated within a day, it does nothing twice.",
    )
]
_PIECE = 64 * 1024


class View(APIView):
    """`by`: who asks."""

    @property
    def by(self) -> Employee:
        return self.request.user

    @property
    def default_response_headers(self) -> dict[str, str]:
        # Kept, but asked for anew each time: a ticket has an ETag, and what one may see changes.
        return {**super().default_response_headers, "Cache-Control": "private, no-cache", "Vary": "Authorization"}

    def once(
        self,
        work: Callable[[Any], str],
        shown: Callable[[str], Response],
        *,
        around: AbstractContextManager[Any] | None = None,
    ) -> Response:
        """Do it, and with an `Idempotency-Key` only once.

        `work(given)` does it and answers with the key of what it made, `shown(key)` is the answer. The answer itself is
        kept nowhere: a repeated call is told of the same thing as it is by then, so that nothing that was taken away
        lives on. `around` what must not happen within a transaction; `given` is what it yields.
        """
        around = around or nullcontext()
        key = self.request.headers.get(KEY_HEADER)
        if key is None:
            with around as given:
                made = work(given)
            return shown(made)
        turn = self._turn(key)
        if turn.is_done:
            answer = shown(turn.made)
            answer["Idempotency-Replayed"] = "true"
            return answer
        with idempotency.given_back_on_failure(turn), around as given:
            made = _done_and_noted(turn, lambda: work(given))
        return shown(made)

    def _turn(self, key: str) -> idempotency.Turn:
        if not (0 < len(key) <= idempotency.KEY_LENGTH and key.isascii() and key.isprintable()):
            sentence = _("A key has 1 to %(most)d printable ASCII characters.")
            raise InvalidValues({KEY_HEADER: sentence % {"most": idempotency.KEY_LENGTH}})
        try:
            return idempotency.claim(key, by=self.by, digest=digest_of(self.request))
        except idempotency.AnotherCall:
            sentence = _("This key was used for another call. Take a new one for each.")
            raise InvalidValues({KEY_HEADER: sentence}) from None


def _done_and_noted(turn: idempotency.Turn, work: Callable[[], str]) -> str:
    """The change and the note that it was made, in one transaction: no crash makes it twice, none loses it."""
    refused: Refused | None = None
    with transaction.atomic():
        try:
            made = work()
            idempotency.finish(turn, made)
        except Refused as caught:
            # The door has undone its own transaction, and what it put on the record about the refusal must stay.
            refused = caught
    if refused is not None:
        raise refused
    return made


def digest_of(request: Request) -> str:
    """What was asked, as one word: method, address, and the body by what it says (a form's boundary is another each
    time)."""
    said = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode("utf-8", "surrogatepass"))
    body = request.data
    if not isinstance(body, QueryDict):
        said.update(json.dumps(body, sort_keys=True).encode())
        return said.hexdigest()
    words = [[name, value] for name in sorted(request.POST) for value in request.POST.getlist(name)]
    said.update(json.dumps(words).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            said.update(json.dumps([name, str(file.name), file.size]).encode())
            for piece in file.chunks(_PIECE):
                said.update(piece)
            file.seek(0)
    return said.hexdigest()


def for_admins() -> Refused:
    """What the API says to everybody else where only System Admins have business."""
    who = _("a System Admin")
    return Refused([Reason("not_yours", _("Only %(who)s can do that.") % {"who": who}, who)])
