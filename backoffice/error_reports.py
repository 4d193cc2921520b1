"""The page with details that DEBUG shows in place of ours, without our secrets. Django hides settings by their names; a
password in an address, or in a variable of some library, it shows."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.template.defaultfilters import pprint
from django.utils.html import escape
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from backoffice import logs


class Filter(SafeExceptionReporterFilter):
    """Also what holds addresses with a password in them, in our settings and in an environment."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + r"|_URL\Z|\AURL\Z|LOCATION|DSN", re.IGNORECASE
    )


class _Shown(str):
    """Printed as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Reporter(ExceptionReporter):
    def get_traceback_frames(self) -> list[dict[str, Any]]:
        frames = super().get_traceback_frames()
        for frame in frames:
            # Before they are cut to a length, which might leave half a secret.
            frame["vars"] = [(name, _Shown(without_secrets(pprint(value)))) for name, value in frame.get("vars", [])]
        return frames

    def get_traceback_html(self) -> str:  # type: ignore[override]  # its text stays as it was escaped, and whole
        return without_secrets(super().get_traceback_html())

    def get_traceback_text(self) -> str:  # type: ignore[override]  # the same
        return without_secrets(super().get_traceback_text())


def without_secrets(text: str) -> str:
    """The text with "…" for every secret of the settings, also as it stands in code, in an address and in HTML."""
    for secret in settings.SECRET_TEXTS:
        for written in {repr(secret)[1:-1], quote(secret, safe=""), escape(secret), escape(repr(secret)[1:-1])}:
            text = text.replace(written, "…")
    return logs.without_secrets(text)
