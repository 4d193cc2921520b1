"""Files over the web: sent up one by one from a form, taken back, and handed out by the guarded download."""

from __future__ import annotations

import logging
import uuid
from typing import IO, Any

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import F
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.actors import Actor
from audit.events import record
from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused
from people.models import Employee
from people.pages import limits
from tickets import files, uploading
from tickets.models import Scan, TicketAttachment

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "60"
#: Should a browser ever take a file for a page: nothing in it runs, and nothing is fetched.
POLICY = "sandbox; default-src 'none'"
#: A page fetches its pictures at each look; on the record one look an hour says as much.
ONE_LOOK_SECONDS = 60 * 60


@require_POST
@never_cache
def upload(request: HttpRequest) -> HttpResponse:
    """One file, field `file`. 201 {token, name, size, type_label}: the form carries the token as `uploads`."""
    if not request.user.is_authenticated:
        return _said(_("Your session has ended. Sign in again, then upload it once more."), 401)
    given = request.FILES.get("file")
    if given is None:
        return _said(_("Choose a file."), 422)
    try:
        uploading.count(request)
        kept = files.stage(given, by=request.user)
    except limits.TooOften as too_often:
        return limits.slowed(_said(str(too_often), 429), too_often)
    except Refused as refused:
        return _said(str(refused), 403)
    except InvalidValues as invalid:
        status = 503 if isinstance(invalid, files.NotStored) else 422
        return _said(" ".join(sentence for said in invalid.errors.values() for sentence in said), status)
    label = files.type_label(kept.file_name)
    answer = {"token": str(kept.token), "name": kept.file_name, "size": kept.file_size, "type_label": label}
    return JsonResponse(answer, status=201)


@require_POST
@never_cache
def discard(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """Take back what one has uploaded and not sent. Somebody else's is not there."""
    if not request.user.is_authenticated:
        return _said(_("Your session has ended. Sign in again."), 401)
    if not files.discard(token, by=request.user):
        return _said(_("There is no such file."), 404)
    return HttpResponse(status=204)


def _said(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)


@login_required
@require_safe
def download(request: HttpRequest, token: uuid.UUID) -> HttpResponseBase:
    """The file, for who may see its ticket (and the note it hangs on). `?inline=1`: a picture within a page."""
    attachment = visible(token, request.user)  # type: ignore[arg-type]  # signed in
    if not attachment.is_available:
        is_gone = attachment.scan == Scan.INFECTED
        return _held_back(request, attachment, files.availability(attachment), 410 if is_gone else 503)
    content = opened(attachment)
    if content is None:
        sentence = _("We can't get this file out of our storage right now. It is noted; please try again later.")
        return _held_back(request, attachment, sentence, 503)
    inline = request.GET.get("inline") == "1" and files.is_picture(attachment)
    if request.method == "GET":
        note = _looked_at if inline else counted
        note(attachment, request.user)  # type: ignore[arg-type]  # signed in
    return sent(content, attachment, inline=inline)


def sent(content: IO[bytes], attachment: TicketAttachment, *, inline: bool) -> HttpResponseBase:
    """The answer that hands a file out, as a file to keep unless it may stand within a page."""
    response = FileResponse(
        content, as_attachment=not inline, filename=attachment.file_name, content_type=attachment.file_type
    )
    response["Content-Length"] = attachment.file_size
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    if inline:
        patch_cache_control(response, private=True, max_age=300)
    else:
        patch_cache_control(response, private=True, no_store=True)
    return response


def visible(token: uuid.UUID, by: Employee) -> TicketAttachment:
    found = TicketAttachment.objects.select_related("ticket").filter(secure_token=token).first()
    if found is None or not files.visible_attachments(found.ticket, by).filter(pk=found.pk).exists():
        raise Http404
    return found


def opened(attachment: TicketAttachment) -> IO[bytes] | None:
    """Open, with the first byte at hand: what the storage has against it must come before our answer's head."""
    content: Any = None
    try:
        content = attachment.file.open("rb").file
        if content.read(1):
            content.seek(0)
            return content
        raise EOFError("it is empty")
    except Exception:
        # Each storage's client has its own, and all mean the same to who wants the file.
        logger.exception("File %s can't be read from the storage.", attachment.pk)
        if content is not None:
            content.close()
        return None


def counted(attachment: TicketAttachment, by: Actor) -> None:
    """One download more, also on the record, and there without the file's name or ticket: its reader may be the
    requester, and the file on a note."""
    TicketAttachment.objects.filter(pk=attachment.pk).update(
        download_count=F("download_count") + 1, last_accessed=timezone.now()
    )
    record(AuditEvent.Kind.DOWNLOADED, by=by, about=attachment)


def _looked_at(attachment: TicketAttachment, by: Employee) -> None:
    """A picture within a page went to somebody whole: that is on the record as well, though it is no download."""
    key = f"looked-at:{attachment.pk}:{by.pk}"
    if not cache.get(key):
        record(AuditEvent.Kind.DOWNLOADED, by=by, about=attachment, inline=True)
        cache.set(key, 1, ONE_LOOK_SECONDS)  # after it: rather one line too many than none


def _held_back(request: HttpRequest, attachment: TicketAttachment, sentence: str, status: int) -> HttpResponse:
    shown = {"attachment": attachment, "sentence": sentence, "is_temporary": status == 503}
    response = render(request, "tickets/pages/held_back.html", shown, status=status)
    patch_cache_control(response, private=True, no_store=True)
    if status == 503:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response
