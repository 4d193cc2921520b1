"""Files: those of a ticket, new ones, and the guarded download. As on the pages: checked by their bytes, counted, on
the record."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from audit.refusals import Reason
from people.api import paging
from people.api.base import KEY_HEADERS, View
from people.api.bodies import refuse_unknown
from people.api.paging import Key
from people.api.queries import PAGES, Filters
from people.api.serializers import page_of
from tickets import conversation, uploading
from tickets import files as kept
from tickets.api import bodies
from tickets.api.base import WITH_FILES, TicketView, counted
from tickets.api.serializers import AttachmentSerializer
from tickets.models import Scan, StagedFile, TicketAttachment
from tickets.pages import attachments as pages

_ORDER = (Key("upload_date"), Key("pk"))


@contextmanager
def staged(request: Request) -> Iterator[list[StagedFile]]:
    """The files that came with a call. What of them was not sent by its end goes again: nobody holds their tokens.

    Never inside a transaction. Raises InvalidValues, TooOften.
    """
    by: Any = request.user
    refuse_unknown(request.FILES, [kept.FIELD])
    chosen = request.FILES.getlist(kept.FIELD)
    if len(chosen) > kept.FILES_AT_ONCE:
        raise kept.too_many()
    rows: list[StagedFile] = []
    is_sent = False
    try:
        for upload in chosen:
            uploading.count(request._request)
            rows.append(kept.stage(upload, by=by))
        yield rows
        is_sent = True
    finally:
        for row in rows if not is_sent else ():
            kept.discard(row.token, by=by)


class Attachments(TicketView):
    parser_classes = WITH_FILES

    @extend_schema(
        responses=page_of(AttachmentSerializer), parameters=PAGES, summary="Files of a ticket",
        operation_id="attachments",
    )  # fmt: skip
    def get(self, request: Request, ticket_number: str) -> Response:
        """Those that you may know of, the oldest first."""
        Filters(request.query_params).finish()
        rows = kept.visible_attachments(self.ticket, self.by).select_related("uploaded_by")
        return paging.page(
            request, rows, _ORDER, "upload_date", lambda found: AttachmentSerializer(found, many=True).data
        )

    @extend_schema(
        request={"multipart/form-data": bodies.Attach},
        responses={201: AttachmentSerializer(many=True)},
        parameters=KEY_HEADERS,
        summary="Add files",
        operation_id="attach",
    )
    def post(self, request: Request, ticket_number: str) -> Response:
        """Files by themselves; with words they come by way of a comment."""
        refuse_unknown(request.data, [kept.FIELD])
        ticket = self.ticket

        def work(rows: list[StagedFile]) -> str:
            with counted(request, ticket):
                made = conversation.attach(ticket, by=self.by, files=rows)
            return ",".join(str(each.pk) for each in made)

        return self.once(work, self._made, around=staged(request))

    def _made(self, keys: str) -> Response:
        rows = kept.visible_attachments(self.ticket, self.by).filter(pk__in=keys.split(","))
        rows = rows.select_related("uploaded_by").order_by("upload_date", "pk")
        return Response(AttachmentSerializer(rows, many=True).data, status=201)


class HeldBack(APIException):
    """A file that can't be handed out: for good (410), or just now (503)."""

    def __init__(self, sentence: str, *, for_good: bool = False) -> None:
        self.status_code = 410 if for_good else 503
        self.reasons = [Reason("gone" if for_good else "not_now", sentence)]
        super().__init__(sentence)


class Download(View):
    @property
    def default_response_headers(self) -> dict[str, str]:
        # The file's own stand: nobody keeps it.
        return {**super().default_response_headers, "Cache-Control": "private, no-store"}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Whatever kind of file it is: what is asked for as a picture is no reason to refuse it.
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        responses={(200, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, description="The file.")},
        summary="The bytes of a file",
        operation_id="download",
    )
    def get(self, request: Request, token: uuid.UUID) -> HttpResponseBase:
        """Counted, and on the record."""
        attachment: TicketAttachment = pages.visible(token, self.by)
        if not attachment.is_available:
            raise HeldBack(kept.availability(attachment), for_good=attachment.scan == Scan.INFECTED)
        opened = pages.opened(attachment)
        if opened is None:
            raise HeldBack(_("We can't get this file out of our storage right now. Try again later."))
        if request.method == "GET":
            pages.counted(attachment, self.by)
        return pages.sent(opened, attachment, inline=False)
