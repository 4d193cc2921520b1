"""What the frame of every page asks for."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {"registration_open": settings.REGISTRATION_OPEN}
