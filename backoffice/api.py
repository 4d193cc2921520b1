"""The API as a whole: its addresses, and the one form in which it says that something was not done.

{"error": "a sentence", "details": {field: [sentences]}, "reasons": [{code, sentence, who}]}     (interfaces.md)
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from typing import Any

from django.core import exceptions as django
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.urls import include, path, re_path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as drf
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from backoffice import api_docs
from people.pages.limits import TooOften
from tickets.files import NotStored
from tickets.workflow import views as workflow

logger = logging.getLogger(__name__)

SENTENCES: dict[int, Promise] = {
    400: _("This can't be read. Send one JSON object."),
    401: _("Sign in first."),
    403: _("You may not do this."),
    404: _("There is nothing here, or nothing that you may see."),
    405: _("That method is not known here."),
    406: _("Answers are JSON here; let your “Accept” header take it."),
    409: _("That can't be done as things are now."),
    412: _("Somebody else has changed this in the meantime. Look at it again."),
    413: _("This is too large."),
    415: _("Send JSON, and say so: Content-Type: application/json."),
    422: _("Some values can't be taken."),
    429: _("That was too often. Wait a while and try again."),
    500: _("Something broke on our side. It is noted; try again later."),
    503: _("We can't do this at the moment. Try again in a minute."),
}

#: What Django raises → what we answer.
STATUS_OF: list[tuple[type[Exception], int]] = [
    (Http404, 404),
    (django.ObjectDoesNotExist, 404),
    (django.PermissionDenied, 403),
    (django.RequestDataTooBig, 413),
    (django.SuspiciousOperation, 400),
    (django.BadRequest, 400),
    (UnreadablePostError, 400),
    (OperationalError, 503),
    (InterfaceError, 503),
]
RETRY_AFTER_SECONDS = 60
#: Codes of refusals that have nothing to do with who asks: done or not, as things are now.
OF_THE_MOMENT = {
    "state", "in_work", "assigned", "too_early", "too_late", "last_admin", "unverified", "closed",
}  # fmt: skip


def failure(
    status: int,
    *,
    error: str = "",
    details: Any = None,
    reasons: Iterable[Reason] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """A refusal in our form; the sentence of its status unless there is a better one."""
    shown = [{"code": one.code, "sentence": str(one.sentence), "who": str(one.who)} for one in reasons]
    body = {"error": error or str(SENTENCES.get(status, SENTENCES[400])), "details": details or {}, "reasons": shown}
    return Response(body, status=status, headers=headers)


def exception_handler(raised: Exception, context: dict[str, Any]) -> Response:
    """REST framework's hook: every way in which a call fails, ours, its own and Django's."""
    if isinstance(raised, Refused):
        return _of_refusal(raised)
    if isinstance(raised, InvalidValues):
        status = 503 if isinstance(raised, NotStored) else 422
        return failure(status, details=_in_words(raised.errors), headers=_wait(RETRY_AFTER_SECONDS, status))
    if isinstance(raised, StaleVersion):
        version, etag = getattr(raised.current, "version", None), getattr(raised, "etag", "")
        return failure(
            412, details={} if version is None else {"version": version}, headers={"ETag": etag} if etag else {}
        )
    if isinstance(raised, django.ValidationError):
        return failure(422, details=_in_words(getattr(raised, "message_dict", None) or {"": raised.messages}))
    if isinstance(raised, drf.APIException) and (raised.status_code < 500 or hasattr(raised, "reasons")):
        return _of_framework(raised)
    status = next((status for kind, status in STATUS_OF if isinstance(raised, kind)), 500)
    status = getattr(raised, "status_code", status)  # a view's own 503
    return _broken(status, raised, context) if status >= 500 else failure(status)


def _of_refusal(refused: Refused) -> Response:
    # Who is to wait (too often, or the same call is at work already) is told how long.
    status = 429 if isinstance(refused, TooOften) else _status_of_refusal(refused)
    headers = _wait(getattr(refused, "seconds", RETRY_AFTER_SECONDS), status) if hasattr(refused, "seconds") else {}
    return failure(status, error=str(refused), reasons=refused.reasons, headers=headers)


def _status_of_refusal(refused: Refused) -> int:
    if "unseen" in refused.codes:
        return 404
    return getattr(refused, "status_code", 409 if refused.codes <= OF_THE_MOMENT else 403)


def _wait(seconds: float, status: int) -> dict[str, str]:
    return {"Retry-After": str(math.ceil(seconds))} if status in {409, 429, 503} else {}


def _of_framework(raised: drf.APIException) -> Response:
    if isinstance(raised, drf.ValidationError):
        detail = raised.detail
        return failure(422, details=_in_words(detail if isinstance(detail, dict) else {"": detail}))
    headers, status = {}, raised.status_code
    reasons: list[Reason] = getattr(raised, "reasons", [])
    if isinstance(raised, drf.NotAuthenticated | drf.AuthenticationFailed):
        # Without a way to sign in at that address the framework would say 403.
        status, reasons = 401, [Reason("not_signed_in", str(SENTENCES[401]))]
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    headers |= _wait(getattr(raised, "wait", None) or RETRY_AFTER_SECONDS, status)
    return failure(status, error=" ".join(str(reason) for reason in reasons), reasons=reasons, headers=headers)


def _broken(status: int, raised: Exception, context: dict[str, Any]) -> Response:
    # As Django does it for a page: into the log, and to whoever listens. Nothing of it goes into the answer.
    request = context["request"]._request
    logger.error("%s %s failed.", request.method, request.path, exc_info=raised, extra={"request": request})
    if status == 503:
        return failure(503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    got_request_exception.send(sender=exception_handler, request=request)
    return failure(500)


def _in_words(said: Any) -> Any:
    """Lazy texts, and sentences that carry codes, as plain JSON."""
    if isinstance(said, dict):
        return {str(field): _in_words(each) for field, each in said.items()}
    if isinstance(said, list | tuple):
        return [_in_words(each) for each in said]
    return str(said)


class Nowhere(APIView):
    """Whatever else begins with /api/, by whatever method."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        raise Http404


urlpatterns = [
    path("schema/", api_docs.schema, name="api_schema"),
    path("docs/", api_docs.docs, name="api_docs"),
    path("", include("people.api.urls")),
    path("", include("tickets.api.urls")),
    path("workflow/callbacks/", workflow.Callbacks.as_view(), name="api_workflow_callbacks"),
    re_path(r"", Nowhere.as_view()),
]
