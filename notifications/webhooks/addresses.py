"""Which servers may be called for somebody: those that anybody on the internet can reach, and none of ours.

An admin types an address, and our server calls it from inside the network: the cloud's metadata service, a database
without a password, our own back office would answer (SSRF). So each name is resolved by us, every address that it has
is looked at, and the call goes to one of exactly those: a name that answers otherwise a moment later is not asked.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from audit.reading import Unfit, bounded_text
from notifications.webhook_models import URL_LENGTH

#: The system's. A name of its own, so that a test can have one that changes its mind.
resolve = socket.getaddrinfo

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?", re.IGNORECASE)

#: Source: IANA's registries of special-purpose addresses. Written out, since what the standard library calls private
#: differs between the releases of Python 3.11 to 3.13.
INNER_IPV4 = [
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
#: Of IPv6 only this is the internet; of it these are not: protocol assignments (Teredo among them), documentation,
#: 6to4, which carries an IPv4 address. Mapped addresses and NAT64 lie outside.
OUTER_IPV6 = ipaddress.ip_network("2000::/3")
INNER_IPV6 = [
    ipaddress.ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]


class NotCallable(Exception):
    """Nobody is called there, now. The sentence is stored and shown: without the address that was found."""


@dataclass(frozen=True)
class Place:
    """An address, read: where to connect, and what to ask for."""

    scheme: str
    host: str
    port: int


def place_of(url: str) -> Place:
    """Raises Unfit, with a sentence, for what is no plain address of a server."""
    url = bounded_text(url, URL_LENGTH).strip()
    if not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
        raise Unfit(_("Write the address without spaces and special letters, such as https://example.com/hook."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unfit(_("This is not an address, such as https://example.com/hook.")) from None
    if parts.scheme not in _schemes():
        raise Unfit(_("The address must begin with https://: what is sent must not be read on the way."))
    if parts.username is not None or parts.password is not None:
        raise Unfit(_("No user and password in an address: it is shown and logged. The signature proves who calls."))
    if not (_HOST.fullmatch(host) or _is_ip(host)) or port == 0:
        raise Unfit(_("This is not an address, such as https://example.com/hook."))
    if "#" in url:
        raise Unfit(_("Leave out what stands behind “#”: it is not sent."))
    return Place(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme])


def checked(url: str) -> str:
    """The address of a webhook as it is stored. Raises Unfit also for one that leads inside now; one that can't be
    found at the moment may be set up before its server is."""
    place = place_of(url)
    try:
        reachable(place.host, place.port)
    except Inner as inner:
        raise Unfit(str(inner)) from None
    except NotCallable:
        pass
    return url.strip()


class Inner(NotCallable):
    """It leads into our own network."""


def reachable(host: str, port: int) -> list[str]:
    """The addresses under which a host may be called. Raises NotCallable when there is none, or one that is not public:
    who names both mixes them on purpose."""
    try:
        found = resolve(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotCallable(_("The name of the server can't be found.")) from None
    # A scope ("%eth0") belongs to link-local addresses only.
    addresses = list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
    if not settings.WEBHOOKS_ALLOW_PRIVATE and not all(is_public(address) for address in addresses):
        raise Inner(_("This leads into an inner network. Webhooks go to public addresses only."))
    return addresses


def is_public(address: str) -> bool:
    ip: IPAddress = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in block for block in INNER_IPV4)
    return ip in OUTER_IPV6 and not any(ip in block for block in INNER_IPV6)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _schemes() -> set[str]:
    """Without encryption only on one's own machine."""
    return {"https", "http"} if settings.APP_ENV == "local" else {"https"}
