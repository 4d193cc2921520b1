"""`manage.py doctor`: looks at every part, and says of each that it is well or how to mend it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from backoffice import health
from backoffice import storage as backing
from jobs import heartbeat

#: Seconds by which two clocks may differ. Signed callbacks allow five minutes; before that times in lists look wrong.
CLOCK_TOLERANCE = 5.0


class Ill(Exception):
    """What is wrong, and how to mend it."""


def environment() -> str:
    found = [
        f"{said.msg} {said.hint or ''}".strip() for said in run_checks() if said.is_serious() and not said.is_silenced()
    ]
    if found:
        raise Ill("; ".join(found))
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{settings.APP_ENV}, Python {python}, data in {settings.DATA_DIR}, pages at {settings.SITE_URL}"


def database() -> str:
    began = time.perf_counter()
    try:
        health.database()
    except Exception as error:
        raise Ill(f"it does not answer ({first_line(error)}): check DATABASE_URL and that the server runs") from error
    took = (time.perf_counter() - began) * 1000
    if health.migrations() != health.OK:
        raise Ill("its tables are not up to date: run `manage.py migrate`")
    return f"{connection.vendor} {'.'.join(map(str, connection.get_database_version()))}, answers in {took:.1f} ms"


def queue() -> str:
    try:
        waiting = HUEY.pending_count()
    except Exception as error:
        raise Ill(f"it does not answer ({first_line(error)}): check REDIS_URL and that Redis runs") from error
    return f"{type(HUEY).__name__}, {waiting} waiting"


def worker() -> str:
    age = heartbeat.age()
    if age is None:
        raise Ill("it has never run: start `manage.py serve`")
    if not heartbeat.is_alive():
        raise Ill(f"its last sign of life is {age.total_seconds():.0f} s old: start `manage.py serve --only worker`")
    return f"last sign of life {max(age, timedelta()).total_seconds():.0f} s ago"


def mail() -> str:
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    try:
        mailer = get_connection()
        mailer.open()
        mailer.close()
    except Exception as error:
        raise Ill(f"no connection ({first_line(error)}): check EMAIL_URL") from error
    if not settings.EMAIL_URL:
        return f"kept in {settings.EMAIL_FILE_PATH}; set EMAIL_URL to send them"
    return f"{backend}, from {settings.DEFAULT_FROM_EMAIL}"


def storage() -> str:
    store = backing.of_people()
    try:
        store.check_reachable()
        name = store.save("doctor/probe.txt", ContentFile(b"probe"))
        try:
            with store.open(name) as file:
                content = file.read()
        finally:
            store.delete(name)
    except Exception as error:
        raise Ill(f"a file can't be kept ({first_line(error)}): check STORAGE_URL and the rights on it") from error
    if content != b"probe":
        raise Ill("a file came back changed: check what STORAGE_URL points to")
    return f"{type(store).__name__}, wrote, read and deleted a file"


def workflow() -> str:
    if not settings.EXTERNAL_WORKFLOW_API_URL:
        return "not configured"
    return "configured, not asked"


def clock() -> str:
    ours = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            theirs = cursor.fetchone()[0]
        apart = abs((theirs - ours).total_seconds())
        if apart > CLOCK_TOLERANCE:
            raise Ill(f"it differs from the database's by {apart:.0f} s: let both follow a time server")
    age = heartbeat.age()
    if age is not None and age.total_seconds() < -CLOCK_TOLERANCE:
        raise Ill("the worker's last sign of life lies in the future: let this machine follow a time server")
    return f"{ours:%Y-%m-%d %H:%M:%S} UTC, shown in {settings.TIME_ZONE}"


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


PARTS: list[Callable[[], str]] = [environment, database, queue, worker, mail, storage, workflow, clock]


def examine() -> Iterator[tuple[str, bool, str]]:
    """Each part: its name, whether it is well, and what to say."""
    for part in PARTS:
        try:
            yield part.__name__, True, part()
        except Ill as ill:
            yield part.__name__, False, str(ill)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other parts must still be looked at
            yield part.__name__, False, f"could not be looked at ({first_line(error)})"


class Command(BaseCommand):
    help = "Look at environment, database, queue, mail, storage, workflow and clock, and say how to mend each."
    requires_system_checks = []  # they are its first part

    def handle(self, *args: Any, **options: Any) -> None:
        ill = 0
        for name, well, text in examine():
            ill += not well
            mark = self.style.SUCCESS("ok  ") if well else self.style.ERROR("MEND")
            self.stdout.write(f"{mark} {name:<12} {text}")
        if ill:
            raise CommandError(f"{ill} of {len(PARTS)} need mending." if ill > 1 else "One part needs mending.")
