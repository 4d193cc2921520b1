"""Addresses in e-mails. They come from SITE_URL alone: a Host header is whatever the sender of a request wrote."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings


def absolute(path: str) -> str:
    """The whole address of a path of ours ("/my/tickets/TX0001/"). Refuses what would lead elsewhere."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise ValueError(f"Not a path on this site: {path!r}")
    return settings.SITE_URL.rstrip("/") + path


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"
