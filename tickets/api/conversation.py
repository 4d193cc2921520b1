"""What is said on a ticket: GET and POST /api/tickets/TX0001/comments/."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from people.api import paging
from people.api.base import KEY_HEADERS
from people.api.paging import Key
from people.api.queries import PAGES, Filters
from people.api.serializers import page_of
from tickets import conversation
from tickets.api import bodies, files
from tickets.api.base import WITH_FILES, TicketView, counted
from tickets.api.serializers import CommentSerializer

_ORDER = (Key("created_at"), Key("pk"))


class Comments(TicketView):
    parser_classes = WITH_FILES

    @extend_schema(
        responses=page_of(CommentSerializer), parameters=PAGES, summary="The conversation", operation_id="comments"
    )
    def get(self, request: Request, ticket_number: str) -> Response:
        """What you may read of it, the oldest first; internal notes among it for staff."""
        Filters(request.query_params).finish()
        return paging.page(
            request, self._rows(), _ORDER, "created_at", lambda found: CommentSerializer(found, many=True).data
        )

    @extend_schema(
        request={"application/json": bodies.Comment, "multipart/form-data": bodies.CommentForm},
        responses={201: CommentSerializer},
        parameters=KEY_HEADERS,
        summary="Say something",
        operation_id="comment",
    )
    def post(self, request: Request, ticket_number: str) -> Response:
        """To everybody who follows the ticket, or as an internal note to its staff. With files: as a form."""
        ticket, is_form = self.ticket, isinstance(request.data, QueryDict)
        asked = bodies.CommentForm.read(request.POST.dict()) if is_form else bodies.Comment.read(request.data)

        def work(rows: Any) -> str:
            with counted(request, ticket):
                return str(conversation.comment(ticket, by=self.by, files=rows, **asked).pk)

        return self.once(work, self._made, around=files.staged(request) if is_form else nullcontext([]))

    def _rows(self) -> QuerySet:
        rows = conversation.visible_comments(self.ticket, self.by).select_related("user")
        return rows.prefetch_related("attachments__uploaded_by")

    def _made(self, key: str) -> Response:
        said = self._rows().filter(pk=key).first()
        if said is None:
            raise Http404
        return Response(CommentSerializer(said).data, status=201)
