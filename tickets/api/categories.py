"""What can be asked for, with what each form asks: GET /api/categories/."""

from __future__ import annotations

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from people.api import paging
from people.api.base import View
from people.api.paging import Key
from people.api.queries import PAGES, Filters
from people.api.serializers import page_of
from tickets.api.serializers import CategorySerializer
from tickets.models import CategoryField, TicketCategory

_ORDER = (Key("position"), Key("name"), Key("pk"))


class Categories(View):
    @extend_schema(responses=page_of(CategorySerializer), parameters=PAGES, summary="Categories")
    def get(self, request: Request) -> Response:
        """Those that are offered, in the order of the form, each with its extra fields and their rules."""
        Filters(request.query_params).finish()
        asked_for = Prefetch("fields", CategoryField.objects.filter(is_active=True), to_attr="asked_for")
        rows = TicketCategory.objects.filter(is_active=True).select_related("assigned_department")
        return paging.page(
            request,
            rows.prefetch_related(asked_for),
            _ORDER,
            "position",
            lambda found: CategorySerializer(found, many=True).data,
        )
