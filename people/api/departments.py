"""The departments that take tickets: GET /api/departments/."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from people.api import paging
from people.api.base import View
from people.api.paging import Key
from people.api.queries import PAGES, Filters
from people.api.serializers import DepartmentSerializer, page_of
from people.models import Department

_ORDER = (Key("name"), Key("pk"))


class Departments(View):
    @extend_schema(responses=page_of(DepartmentSerializer), parameters=PAGES, summary="Departments")
    def get(self, request: Request) -> Response:
        """Those that are in use, by name."""
        Filters(request.query_params).finish()
        rows = Department.objects.filter(is_active=True)
        return paging.page(request, rows, _ORDER, "name", lambda found: DepartmentSerializer(found, many=True).data)
