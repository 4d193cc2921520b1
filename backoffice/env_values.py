"""What one text of the environment means. Each reader answers with the value or raises ValueError("must be …")."""

from __future__ import annotations

import base64
import binascii
import json
import re
import string
import zoneinfo
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, urlsplit

#: What the words of the external workflow system do here, as long as WORKFLOW_STATUS_MAP does not say otherwise.
STATUS_MAP = {
    "ASSIGNED": "start",
    "WORKING": "start",
    "ON_HOLD": "hold",
    "AWAITING": "hold",
    "COMPLETED": "resolve",
    "CANCELLED": "reject",
}
EFFECTS = {"start", "hold", "resolve", "reject"}

#: A column of the tickets table: a format that could grow past it would stop submissions one day.
TICKET_NUMBER_LENGTH = 32

YES, NO = {"on", "true", "yes", "1"}, {"off", "false", "no", "0"}


def text(value: str) -> str:
    return value


def text_of(shortest: int) -> Callable[[str], str]:
    def reader(value: str) -> str:
        if len(value) < shortest:
            raise ValueError(f"must have {shortest} characters or more")
        return value

    return reader


def switch(value: str) -> bool:
    if value.lower() not in YES | NO:
        raise ValueError("must be on or off")
    return value.lower() in YES


def integer(least: int, most: int) -> Callable[[str], int]:
    def reader(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", value) or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return reader


def one_of(*words: str) -> Callable[[str], str]:
    def reader(value: str) -> str:
        for word in words:
            if value.lower() == word.lower():
                return word
        raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}")

    return reader


def names(value: str) -> list[str]:
    found = [part.strip() for part in value.split(",") if part.strip()]
    if any(not re.fullmatch(r"\*|\.?[\w.\-\[\]:]+", name) for name in found):
        raise ValueError("must be names separated by commas, without http:// or paths")
    return found


def split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        raise ValueError("must be an address such as scheme://host:port/path") from None
    return parts


def url(*schemes: str) -> Callable[[str], str]:
    def reader(value: str) -> str:
        if "://" not in value or split(value).scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if schemes[0] in {"http", "tcp"} and split(value).scheme != "unix" and not split(value).hostname:
            raise ValueError("must name a host")
        return value

    return reader


def site_url(value: str) -> str:
    parts = split(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be http:// or https:// and a host, without a path")
    return f"{parts.scheme}://{parts.netloc}"


def origins(value: str) -> list[str]:
    found = [part.strip() for part in value.split(",") if part.strip()]
    if any(not re.fullmatch(r"https?://[\w.*\-\[\]:]+", origin) for origin in found):
        raise ValueError("must be origins such as https://help.example.com, separated by commas")
    return found


def sender(value: str) -> str:
    if "\n" in value or "\r" in value or not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
        raise ValueError("must be an e-mail address, or Name <address>")
    return value


def time_zone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise ValueError("must be a time zone such as Europe/Berlin")
    return value


def language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", value):
        raise ValueError("must be a language code such as en or pt-br")
    return value


def callback_secrets(value: str) -> list[str]:
    """Standard Webhooks: whsec_ and at least 24 bytes in base64."""
    found = [part.strip() for part in value.split(",") if part.strip()]
    for secret in found:
        try:
            long_enough = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= 24
        except binascii.Error:
            long_enough = False
        if not secret.startswith("whsec_") or not long_enough:
            raise ValueError("must be values of the form whsec_<24 bytes or more in base64>, separated by commas")
    return found


def status_map(value: str) -> dict[str, str]:
    """ASSIGNED=start,ON_HOLD=hold, or the same as a JSON object."""
    try:
        pairs: dict[Any, Any] = (
            json.loads(value)
            if value.lstrip().startswith("{")
            else dict(part.strip().split("=", 1) for part in value.split(",") if part.strip())
        )
    except ValueError:
        pairs = {}
    if not pairs or any(not str(word).strip() or effect not in EFFECTS for word, effect in pairs.items()):
        raise ValueError("must be like ASSIGNED=start,ON_HOLD=hold; the effects are start, hold, resolve, reject")
    return {str(word).strip(): effect for word, effect in pairs.items()}


def number_format(value: str) -> str:
    """A format with {seq}, perhaps {year}: letters and digits, and different numbers for different seq."""
    problem = ValueError("must hold {seq} once, perhaps {year}, and else only letters, digits and dashes")
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(value) if name is not None]
        longest = value.format(seq=10**9, year=2026)
        differ = value.format(seq=1, year=2026) != value.format(seq=2, year=2026)
    except (ValueError, LookupError, AttributeError):
        raise problem from None
    if fields.count("seq") != 1 or not set(fields) <= {"seq", "year"} or not differ:
        raise problem
    if not re.fullmatch(r"[A-Za-z0-9\-]+", longest) or len(longest) > TICKET_NUMBER_LENGTH:
        raise problem
    return value
