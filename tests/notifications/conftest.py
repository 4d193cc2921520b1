"""Messages that exist in these tests alone, people to send them to, and a mail server that says what it is told to."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from notifications import messages, outbox
from notifications.models import EmailNotification
from tests.factories import people
from tests.notifications.receiver import Receiver
from tests.notifications.sink import LoopbackServer, Sink

SECRET_LINK = "http://localhost:8000/locker/open-sesame-1234567890/"


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """An SMTP server of this machine; the settings lead to it."""
    handler = Sink()
    controller = LoopbackServer(handler)
    controller.start()
    port = controller.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server of this machine, which only hears of anything when the settings allow inner addresses."""
    with Receiver() as started:
        yield started


@pytest.fixture(autouse=True)
def _parcels(settings: Any) -> Iterator[None]:
    """Two messages, one of them secret, with templates of the tests' own."""
    templates = copy.deepcopy(django_settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    messages.register("parcel_sent", template="parcels/sent")
    messages.register("parcel_secret", template="parcels/secret", compose=lambda row: {"link": SECRET_LINK})
    yield
    for name in ("parcel_sent", "parcel_secret"):
        messages._messages.pop(name, None)


@pytest.fixture
def person(db: None) -> AbstractBaseUser:
    return people.admin(email="pat@example.com")


@pytest.fixture
def write(db: None) -> Callable[..., EmailNotification | None]:
    """Queue an e-mail as a verb would: in a transaction."""

    def write(message: str = "parcel_sent", *, to: Any = "pat@example.com", **kwargs: Any) -> EmailNotification | None:
        if message == "parcel_sent":
            kwargs.setdefault("data", {"number": "P1", "what": "a lamp", "path": "/parcels/P1/"})
        with transaction.atomic():
            return outbox.queue(message, to=to, **kwargs)

    return write
