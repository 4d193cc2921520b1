"""Where the workflow system calls: its signed messages, and the files that we gave it addresses of."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import events, origin
from audit.actors import WORKFLOW
from audit.models import AuditEvent
from audit.refusals import Reason
from jobs import signatures
from people.models import Employee
from tickets.models.workflow import CALLBACK_BYTES
from tickets.pages import attachments
from tickets.workflow import callbacks, links

RETRY_AFTER_SECONDS = "60"
#: A stranger who tries signatures gets as many lines on the record as tell that somebody does.
ONE_REFUSAL_SECONDS = 60


class Callbacks(APIView):
    """Messages of the workflow system, signed as Standard Webhooks has it. Whoever has no secret learns nothing."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        secrets = settings.WORKFLOW_CALLBACK_SECRETS
        if not secrets:
            return _said(_not_set_up(), {"Retry-After": RETRY_AFTER_SECONDS})
        raw = _bounded(request)
        if raw is None:
            return _said(callbacks.refusal(413, Reason("too-large", _("This is too large."))))
        try:
            sent_at = signatures.verify(secrets, request.headers, raw, now=timezone.now())
        except signatures.BadSignature as bad:
            _note_refusal(bad.code)
            return _said(callbacks.refusal(401, Reason(f"signature-{bad.code}", _bad_signature(bad.code))))
        return _said(callbacks.receive(webhook_id=request.headers[signatures.ID], sent_at=sent_at, raw=raw))


@require_safe
def file(request: HttpRequest, signed: str) -> HttpResponseBase:
    """One file, for whoever has its address. What is forged, over or not to be had any more is not there."""
    attachment = links.attachment_of(signed)
    if attachment is not None:
        opened = attachments.opened(attachment)
        if opened is None:
            raise Http404
        if request.method == "GET":
            attachments.counted(attachment, WORKFLOW)
        return attachments.sent(opened, attachment, inline=False)
    person = links.person_of(signed)
    if person is None:
        raise Http404
    return _picture(person)


def _picture(person: Employee) -> HttpResponseBase:
    ending, kind = ("png", "image/png") if str(person.image.name).endswith(".png") else ("jpg", "image/jpeg")
    try:
        opened = person.image.open("rb")
    except OSError:  # taken away in this moment, or the storage is down
        raise Http404 from None
    response = FileResponse(opened, as_attachment=True, filename=f"{person.company_id}.{ending}", content_type=kind)
    response["Content-Security-Policy"] = attachments.POLICY
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, no_store=True)
    return response


def _bounded(request: Request) -> bytes | None:
    """The body as it came; None when it is too large. By its announced length before a byte of it is read."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    if announced > CALLBACK_BYTES:
        return None
    raw = request.body
    return raw if len(raw) <= CALLBACK_BYTES else None


def _said(answer: callbacks.Answer, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.body, status=answer.status, headers={"Cache-Control": "no-store", **(headers or {})})


def _not_set_up() -> callbacks.Answer:
    sentence = _("No secret is set up here by which a message could be believed.")
    return callbacks.refusal(503, Reason("not-set-up", sentence))


def _bad_signature(code: str) -> str:
    if code == "missing":
        return _("Send the headers webhook-id, webhook-timestamp and webhook-signature.")
    if code in {"too_old", "too_new"}:
        return _("The timestamp is more than five minutes away from our clock.")
    return _("The signature is not right.")


def _note_refusal(code: str) -> None:
    """That it happened, not what was sent."""
    if cache.add(f"callback-refused:{origin.current().ip_address}:{code}", 1, ONE_REFUSAL_SECONDS):
        events.record(AuditEvent.Kind.REFUSED, verb="callback", codes=[f"signature-{code}"])
