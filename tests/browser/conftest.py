"""Real pages in a real browser: Debian's Chromium by Playwright, on a server of this process.

Whatever happens in a window is watched. An error on the console, an exception of a script, a dialog, a file that does
not load, a request to another host: each fails the test, also when it did not look for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.watching import Watch
from tests.conftest import find_chromium

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
#: Names other than this machine's lead nowhere, even if a page should ask for one.
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
#: Milliseconds in which whatever is waited for has come, on a machine that does much else.
PATIENCE = 20_000

OpenWindow = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the tests here. It goes when they are done: Playwright's loop stays in the thread while it runs,
    and the tests of others should not notice."""
    path = find_chromium()
    if path is None:
        pytest.skip("needs a browser: install chromium")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's loop makes Django believe that every test is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, NOWHERE])
            yield browser
            browser.close()


@pytest.fixture
def site(live_server: LiveServer, settings: Any) -> str:
    """The address of the running site; links in mails lead there."""
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


@pytest.fixture
def open_window(chromium: Browser, site: str) -> Iterator[OpenWindow]:
    """`open_window()`: a page in a browser of its own, without cookies, that is watched.

    It takes what Playwright's `new_context` takes: color_scheme, viewport, java_script_enabled …
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_one(**options: Any) -> Page:
        context = chromium.new_context(base_url=site, **{"locale": "en-GB", "timezone_id": "Europe/Berlin", **options})
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)  # its own patience ends where a busy machine only begins
        opened.append((context, Watch(context, site)))
        return context.new_page()

    yield open_one
    for context, _watch in opened:
        context.close()
    faults = [fault for _context, watch in opened for fault in watch.faults]
    assert faults == []


@pytest.fixture
def page(open_window: OpenWindow) -> Page:
    return open_window()
