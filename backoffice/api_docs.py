"""The documentation of the API, for everybody: there is nothing secret in it. The page comes from here whole, with no
script within it, and keeps no token beyond its tab."""

from __future__ import annotations

import json
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@cache
def document() -> bytes:
    """The OpenAPI document. It follows from the code alone, so each process makes it once."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(document(), content_type="application/vnd.oai.openapi+json")
    patch_cache_control(answer, public=True, max_age=300)
    return answer


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "backoffice/api_docs.html", {"site_url": settings.SITE_URL})
