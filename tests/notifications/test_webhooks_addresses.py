"""Webhooks call servers on the internet, and nothing inside our own network, whatever its name says and when."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection

from audit.actors import SYSTEM
from audit.reading import Unfit
from audit.refusals import Refused
from notifications.webhooks import addresses, calling, subscriptions
from notifications.webhooks.calling import NotCallable
from tests.factories import people
from tests.notifications.receiver import Receiver, free_port, raw

INNER = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.8", "192.168.1.1", "198.18.0.1", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1",
    "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
OUTER = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1"]


def answering(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A resolver that gives these answers in turn, the last from then on; what it was asked."""
    asked, left = [], list(answers)

    def resolve(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(addresses, "resolve", resolve)
    return asked


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_not_called(address: str, monkeypatch):
    answering(monkeypatch, [address])
    assert not addresses.is_public(address)
    with pytest.raises(addresses.Inner):
        addresses.reachable("hook.example.com", 443)


@pytest.mark.parametrize("address", OUTER)
def test_a_public_address_may_be_called(address: str, monkeypatch):
    answering(monkeypatch, [address])
    assert addresses.reachable("hook.example.com", 443) == [address]


def test_a_name_with_one_inner_address_among_public_ones_is_not_called(monkeypatch):
    answering(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(addresses.Inner):
        addresses.reachable("hook.example.com", 443)


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_other_ways_to_write_this_machine_lead_nowhere_by_the_real_resolver(host: str):
    with pytest.raises(Unfit):
        addresses.checked(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com/hook", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "https://",
        "https:///hook", "https://user@example.com/", "https://user:password@example.com/", "https://:x@example.com/",
        "https://example.com:0/", "https://example.com:70000/", "https://example.com:x/", "https://exa mple.com/",
        "https://example.com/\r\nX-Injected: 1", "https://example.com/\x00", "https://example.com\\@evil.example/",
        "https://exämple.com/", "https://example.com/#part", "https://[::1/", "https://[fe80::1%25eth0]/",
        "https://-/", "https://.../", "https://example.com/" + "a" * 500,
    ],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url: str):
    with pytest.raises(Unfit):
        addresses.place_of(url)


def test_in_production_an_address_without_encryption_is_refused(settings):
    assert addresses.place_of("http://example.com/").port == 80
    settings.APP_ENV = "production"
    with pytest.raises(Unfit):
        addresses.place_of("http://example.com/")
    assert addresses.place_of("https://example.com:8443/hook?token=1") == addresses.Place("https", "example.com", 8443)


def test_a_name_that_nobody_knows_yet_can_be_stored_and_not_called(monkeypatch):
    def unknown(*_asked: Any, **_more: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(addresses, "resolve", unknown)
    assert addresses.checked(" https://soon.example.com/hook ") == "https://soon.example.com/hook"
    with pytest.raises(NotCallable, match="can't be found"):
        calling.post("https://soon.example.com/hook", b"{}", {})


@pytest.mark.django_db
def test_no_transaction_is_open_while_the_name_is_looked_up(monkeypatch):
    before, during = len(connection.atomic_blocks), []

    def slow(*_asked: Any, **_more: Any) -> Any:
        during.append(len(connection.atomic_blocks))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]

    monkeypatch.setattr(addresses, "resolve", slow)
    values = {"name": "Chat", "url": "https://hook.example.com/", "events": ["ticket.approved"]}
    webhook, _secret = subscriptions.make(by=SYSTEM, **values)
    subscriptions.edit(webhook, by=SYSTEM, **values)
    assert during == [before, before]


@pytest.mark.django_db
def test_for_who_may_not_nothing_is_looked_up(monkeypatch):
    asked = answering(monkeypatch, ["8.8.8.8"])
    values = {"name": "Chat", "url": "https://hook.example.com/", "events": ["ticket.approved"]}
    webhook, _secret = subscriptions.make(by=SYSTEM, **values)
    asked.clear()
    person = people.person()
    with pytest.raises(Refused):
        subscriptions.make(by=person, **values)
    with pytest.raises(Refused):
        subscriptions.edit(webhook, by=person, **values)
    assert asked == []


# The call itself


def test_a_server_of_this_machine_hears_nothing_unless_the_setting_allows_it(receiver, settings):
    with pytest.raises(NotCallable, match="inner network"):
        calling.post(receiver.url, b"{}", {})
    assert receiver.heard == []
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    assert calling.post(receiver.url, b"{}", {}).status == 200


def test_a_name_that_changes_its_answer_after_the_check_is_not_asked_again(receiver, monkeypatch):
    """DNS rebinding: public when it is looked at, this machine when it is called."""
    asked = answering(monkeypatch, ["203.0.113.9"], ["127.0.0.1"])
    monkeypatch.setattr(addresses, "INNER_IPV4", [])  # what it answers first counts as public here
    tried = []
    monkeypatch.setattr(
        "httpcore.SyncBackend.connect_tcp", lambda self, host, port, **more: tried.append(host) or _refused()
    )
    with pytest.raises(NotCallable):
        calling.post(f"http://rebind.example.com:{receiver.port}/", b"{}", {})
    assert (asked, tried) == (["rebind.example.com"], ["203.0.113.9"])


def _refused() -> Any:
    import httpcore

    raise httpcore.ConnectError


def test_a_name_that_was_public_when_it_was_stored_and_is_inner_now_is_not_called(receiver, monkeypatch):
    answering(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    url = f"http://rebind.example.com:{receiver.port}/"
    assert addresses.checked(url) == url
    with pytest.raises(NotCallable, match="inner network"):
        calling.post(url, b"{}", {})
    assert receiver.heard == []


@pytest.fixture
def _allowed(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.mark.usefixtures("_allowed")
class TestAllowed:
    """With inner addresses allowed, as only these tests and a developer's machine have it."""

    def test_the_message_arrives_under_its_own_name_at_the_checked_address(self, receiver, monkeypatch):
        answering(monkeypatch, ["127.0.0.1"])
        url = f"http://hook.example.com:{receiver.port}/a/path?x=1"
        answer = calling.post(url, b'{"a":1}', {"webhook-id": "msg_1"})
        assert (answer.status, answer.text) == (200, "thanks")
        [(method, path, headers, body)] = receiver.heard
        assert (method, path, body) == ("POST", "/a/path?x=1", b'{"a":1}')
        assert (headers["host"], headers["webhook-id"]) == (f"hook.example.com:{receiver.port}", "msg_1")

    def test_where_one_address_does_not_answer_the_next_is_tried(self, receiver, monkeypatch):
        answering(monkeypatch, ["::1", "127.0.0.1"])
        answer = calling.post(f"http://hook.example.com:{receiver.port}/", b"{}", {})
        assert answer.status == 200

    def test_a_redirect_is_an_answer_and_is_not_followed(self, receiver):
        with Receiver() as elsewhere:
            receiver.answers = [(302, {"location": elsewhere.url}, b"")]
            assert calling.post(receiver.url, b"{}", {}).status == 302
            assert elsewhere.heard == []

    def test_a_proxy_in_the_environment_is_not_used(self, receiver, monkeypatch):
        with Receiver() as proxy:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            assert calling.post(receiver.url, b"{}", {}).status == 200
            assert proxy.heard == []

    def test_of_a_long_answer_the_beginning_is_read(self, receiver):
        receiver.answers = [(200, {}, b"n\x00o" + "ü".encode() * 1_000_000)]
        answer = calling.post(receiver.url, b"{}", {})
        assert answer.text.startswith("noüüü")
        assert len(answer.text) == 2_000

    @pytest.mark.parametrize(
        "answer",
        [
            raw(b""),
            raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
            raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
            raw(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 300_000),
        ],
    )
    def test_what_is_no_answer_is_a_sentence_and_no_error(self, receiver, answer):
        receiver.answers = [answer]
        with pytest.raises(NotCallable, match="no HTTP"):
            calling.post(receiver.url, b"{}", {})

    def test_nobody_there_is_a_sentence(self):
        with pytest.raises(NotCallable, match="can't be reached"):
            calling.post(f"http://127.0.0.1:{free_port()}/", b"{}", {})

    def test_a_server_that_drips_its_answer_is_left_when_the_time_is_over(self, receiver, monkeypatch):
        monkeypatch.setattr(calling, "SECONDS", 0.2)
        receiver.answers = [raw(b"HTTP/1.1 200 OK\r\n", *[b"x-a: b\r\n"] * 100, pause=0.02)]
        with pytest.raises(NotCallable, match="longer than"):
            calling.post(receiver.url, b"{}", {})

    def test_the_certificate_is_that_of_the_name_and_one_that_nobody_signed_is_not_trusted(self, tmp_path, monkeypatch):
        answering(monkeypatch, ["127.0.0.1"])
        serving, trusting = certificate(tmp_path, "hook.example.com")
        with Receiver(tls=serving) as receiver:
            with pytest.raises(NotCallable, match="certificate"):
                calling.post(f"https://hook.example.com:{receiver.port}/", b"{}", {})
            monkeypatch.setattr(calling, "trusted", lambda: trusting)
            with pytest.raises(NotCallable, match="certificate"):
                calling.post(f"https://other.example.com:{receiver.port}/", b"{}", {})
            assert calling.post(f"https://hook.example.com:{receiver.port}/", b"{}", {}).status == 200
            assert len(receiver.heard) == 1


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate of its own making, and a client's side that believes it."""
    key, today = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    return serving, ssl.create_default_context(cafile=str(file))
