"""The addresses of the house, and some that go wrong."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path

from backoffice import urls
from people.models import Employee

handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("canary-secret-7")


def denies(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("canary-secret-8")


def suspects(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("canary-secret-9")


def asks_the_database(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Employee.objects.count()))


VIEWS = {"breaks": breaks, "denies": denies, "suspects": suspects, "asks": asks_the_database}
urlpatterns = [
    *[path(f"{folder}{name}/", view) for folder in ("", "admin/", "cms/", "api/") for name, view in VIEWS.items()],
    *urls.urlpatterns,
]
