"""What holds for every test: no network but this machine's own, fast password hashes, and on request no skips."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
import pytest_django
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

from tests import template_database
from tests.kept_rows import KeptRows

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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """The library's, and what the migrations made is kept: tests that really commit get it back at their end."""
    with django_db_blocker.unblock():
        kept = KeptRows()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda test: kept.put_back())
        yield


#: Folders whose every test drives a browser, starts processes or kills them.
SLOW_FOLDERS = {"browser", "concurrency"}
#: Fixtures of an installation of its own, which is asked by `manage.py` in processes; and of the whole demo.
SLOW_FIXTURES = {
    "tests.backoffice.conftest.house",
    "tests.backoffice.conftest.built_house",
    "tests.backoffice.test_demo.demo_made",
}


def mark_what_is_slow(items: list[pytest.Item]) -> None:
    """`make quick` leaves these out; elsewhere a test or a file that takes seconds says so itself."""
    for item in items:
        if item.path.parent.name in SLOW_FOLDERS or SLOW_FIXTURES & fixtures_of(item):
            item.add_marker(pytest.mark.slow)


def fixtures_of(item: pytest.Item) -> set[str]:
    """Where each of its fixtures stands, with its name."""
    known = getattr(item, "_fixtureinfo", None)
    found = known.name2fixturedefs.values() if known is not None else []
    return {f"{each.func.__module__}.{each.argname}" for definitions in found for each in definitions}


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
