"""Log lines: each with the request that caused it, as text or as one JSON object a line."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from audit import origin

#: What opens something for whoever has it stands in the path of these. Files are told from a library's folder of that
#: name by the length of what follows.
_SECRETS = re.compile(
    r"""((?:confirm-email|apply-again|reset(?:/|%2F)+key)(?:/|%2F)+)[^\s/"'<>]+
    |(files(?:/|%2F)+)[^\s/"'<>]{24,}""",
    re.IGNORECASE | re.VERBOSE,
)


def without_secrets(text: str) -> str:
    """The text with "…" in place of what makes a link work, and of the secrets in the settings: at the level DEBUG
    libraries write down what they send."""
    for secret in settings.SECRET_TEXTS:
        text = text.replace(secret, "…")
    return _SECRETS.sub(lambda found: f"{found[1] or found[2]}…", text)


class NoSecrets(logging.Filter):
    """Takes the secrets out of links before a line is written: Django logs the path of every answer from 400 up, and
    the link in it may be good for days yet."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError, LookupError):  # arguments that don't fit; the line is worth having all the same
            said = f"{record.msg} {record.args}"
            record.msg, record.args = said, ()
        if (masked := without_secrets(said)) != said:
            record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = without_secrets(record.exc_text)
        if record.stack_info:
            record.stack_info = without_secrets(record.stack_info)
        return True


class RequestId(logging.Filter):
    """Puts `request_id` on every line; "-" outside a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = origin.current().request_id or "-"
        return True


class JsonLines(logging.Formatter):
    """One object a line, so that a line break in a message can't pretend to be a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
        }
        if record.exc_info:
            line["exception"] = record.exc_text or self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def logging_settings(*, form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING for LOG_FORMAT and LOG_LEVEL."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestId}, "no_secrets": {"()": NoSecrets}},
        "formatters": {
            "text": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
            "json": {"()": JsonLines},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["request_id", "no_secrets"],
            },
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own handlers would print each line a second time.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # With no handler of its own the consumer would add one; and it has four lines to say about every task.
            "huey": {"handlers": ["console"], "level": "WARNING" if level == "INFO" else level, "propagate": False},
            # Four lines for each page that is published; the record has them (helpcenter.recording).
            "wagtail": {"level": "WARNING" if level == "INFO" else level},
            "django_tasks": {"level": "WARNING" if level == "INFO" else level},
            # A line for each call to another system, with the whole address.
            "httpx": {"level": "WARNING" if level == "INFO" else level},
            # The web server's own handler would write addresses as they came.
            "gunicorn.error": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        },
    }
