"""What holds for every test: no network but this machine's own, fast password hashes, and on request no skips."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import pytest_django
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from tests import template_database

#: In `.ci/run` nothing may be missing: there a skipped test is a test that nobody ran.
NO_SKIPS = os.environ.get("NO_SKIPS") == "1"


#: What Debian, Ubuntu and others call it.
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The browser for the browser tests; None where there is none, and they are skipped."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def pytest_report_header() -> str:
    servers = f"{settings.DATABASES['default']['ENGINE'].rsplit('.')[-1]}, {settings.HUEY['huey_class']}"
    browser = find_chromium() or "none found, so there are no browser tests in this run (install chromium to have them)"
    return f"servers: {servers}\nbrowser: {browser}"


def pytest_configure(config: pytest.Config) -> None:
    # Argon2 takes 100 MB and a tenth of a second a hash, by design; tests of passwords set the real list again.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    template_database.use()


@pytest.fixture(autouse=True)
def _an_empty_cache() -> Iterator[None]:
    # Counters of sign-ins would otherwise pass from one test to the next.
    yield
    cache.clear()


@dataclass
class KeptDatabase:
    """The database of this run, and what the migrations put into it."""

    blocker: pytest_django.DjangoDbBlocker
    name: str
    rows: str

    def put_back(self) -> None:
        """Departments, categories, groups: the next test, whichever it is, must find them under the keys they had."""
        with self.blocker.unblock():
            assert connection.settings_dict["NAME"] == self.name, "this would empty a database that is not the tests'"
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
            connection.creation.deserialize_db_from_string(self.rows)
            ContentType.objects.clear_cache()


DATABASE = pytest.StashKey[KeptDatabase]()
#: Whether the test before this one left the tables empty.
EMPTIED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[None]:
    """The library's, and what the migrations made is kept in mind."""
    with django_db_blocker.unblock():
        rows = _kinds_first(connection.creation.serialize_db_to_string())
    request.config.stash[DATABASE] = KeptDatabase(django_db_blocker, connection.settings_dict["NAME"], rows)
    yield
    del request.config.stash[DATABASE]


def _kinds_first(rows: str) -> str:
    """A row of Wagtail's asks for its content type as soon as it is read, and one that is not there yet would be made
    anew under another key."""
    return json.dumps(sorted(json.loads(rows), key=lambda row: row["model"] != "contenttypes.contenttype"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # Before a test and not after one: after the last there is no test database any more.
    stash = item.config.stash
    if stash.get(EMPTIED, False) and DATABASE in stash:
        stash[DATABASE].put_back()
    stash[EMPTIED] = leaves_tables_empty(item)


def leaves_tables_empty(item: pytest.Item) -> bool:
    """Whether pytest-django flushes after it, because it really commits."""
    mark = item.get_closest_marker("django_db")
    by_fixture = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(by_fixture or (mark and mark.kwargs.get("transaction")))


#: Folders whose every test drives a browser, starts processes or kills them.
SLOW_FOLDERS = {"browser", "concurrency"}


def mark_what_is_slow(items: list[pytest.Item]) -> None:
    """`make quick` leaves these out; elsewhere a test or a file that takes seconds says so itself."""
    for item in items:
        if item.path.parent.name in SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)


# Before pytest's own, which then leaves out what `-m` does not ask for.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `postgresql` or `servers` wait for a run that has what they need.

    On a user's machine they are skipped and say why. `.ci/run` runs the suite twice, first without servers: there they
    are left to the second run, which has both, so that a skip can still fail either.
    """
    mark_what_is_slow(items)
    on_postgresql = connection.vendor == "postgresql"
    has = {"postgresql": on_postgresql, "servers": on_postgresql and bool(os.environ.get("REDIS_URL"))}
    waiting = [item for item in items if any(item.get_closest_marker(name) and not has[name] for name in has)]
    if NO_SKIPS and "DATABASE_URL" not in os.environ:
        config.hook.pytest_deselected(items=waiting)
        items[:] = [item for item in items if item not in waiting]
        return
    for item in waiting:
        item.add_marker(pytest.mark.skip(reason="needs PostgreSQL and Redis: DATABASE_URL, REDIS_URL"))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if NO_SKIPS and reporter is not None and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if NO_SKIPS and terminalreporter.stats.get("skipped"):
        terminalreporter.section("Skipped tests fail this run (NO_SKIPS=1)", red=True)
