"""What one text of the environment means. Each reader answers with the value or raises ValueError("must be …")."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
import zoneinfo
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf.global_settings import LANGUAGES

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
LARGEST_NUMBER = 10**12

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
    """Just scheme, host and port: links in mails are made from it, and forms are compared with it."""
    parts = split(value)
    if not re.fullmatch(r"https?://([\w.\-]+|\[[0-9a-f:.]+\])(:[0-9]+)?/?", value, re.IGNORECASE) or not parts.hostname:
        raise ValueError("must be http:// or https:// and a host, without a path or a user")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def address(value: str) -> str:
    """An IP address or a host name; [::1] and ::1 are the same, as which the second is kept."""
    bare = value.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass  # then a name
    if len(value) > 253 or not re.fullmatch(r"[A-Za-z0-9\-]{1,63}(\.[A-Za-z0-9\-]{1,63})*", value):
        raise ValueError("must be an address such as 127.0.0.1, 0.0.0.0 or ::1, without a port")
    return value


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
    # Not all that Django knows by name (LANG_INFO): for some of them it has no words, and would end with a traceback.
    if value not in {"en-us", *(code for code, _name in LANGUAGES)}:
        raise ValueError("must be a language code that Django has words for, such as en or pt-br")
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
    except (ValueError, RecursionError):
        pairs = {}
    if not pairs or any(not str(word).strip() or str(effect) not in EFFECTS for word, effect in pairs.items()):
        raise ValueError("must be like ASSIGNED=start,ON_HOLD=hold; the effects are start, hold, resolve, reject")
    return {str(word).strip(): effect for word, effect in pairs.items()}


def number_format(value: str) -> str:
    """A format with {seq}, perhaps {year}, each perhaps with leading zeros: whatever else Python's formats can do would
    one day make a number twice, too long or unreadable."""
    if not re.fullmatch(r"(?:[A-Za-z0-9\-]|\{(?:seq|year)(?::0[0-9]{1,2}d?)?\})+", value) or value.count("{seq") != 1:
        raise ValueError("must hold {seq} once, perhaps {year}, and else only letters, digits and dashes")
    if len(value.format(seq=LARGEST_NUMBER, year=2026)) > TICKET_NUMBER_LENGTH:
        raise ValueError(f"could make numbers longer than {TICKET_NUMBER_LENGTH} characters")
    return value
