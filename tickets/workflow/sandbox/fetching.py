"""Fetching what a delivery points to, while its links are good: size and sha256 are kept, the bytes are not."""

from __future__ import annotations

import hashlib
import logging
import queue
from collections.abc import Iterable

import httpx

from tickets.workflow.sandbox.store import Store

#: More than any attachment may have.
LARGEST = 64 * 1024 * 1024
SECONDS = 30.0

logger = logging.getLogger(__name__)


class Fetcher:
    """Files wait in a queue, and one thread (`run`) fetches them. `site`: from nowhere else, if it is given."""

    def __init__(self, store: Store, site: str) -> None:
        self._store, self._site = store, site
        self._queue: queue.Queue[tuple[int, str] | None] = queue.Queue()

    def add(self, files: Iterable[tuple[int, str]]) -> None:
        for file in files:
            self._queue.put(file)

    def wait(self) -> None:
        self._queue.join()

    def stop(self) -> None:
        self._queue.put(None)

    def run(self) -> None:
        # No redirects, no proxies: it asks what it was told to ask.
        with httpx.Client(timeout=SECONDS, trust_env=False, verify=self._site.startswith("https:")) as client:
            while (waiting := self._queue.get()) is not None:
                try:
                    self._fetch(client, *waiting)
                except Exception:
                    logger.exception("The sandbox could not fetch a file; it goes on with the next.")
                finally:
                    self._queue.task_done()
            self._queue.task_done()

    def _fetch(self, client: httpx.Client, file: int, address: str) -> None:
        if self._site and not address.startswith(f"{self._site}/"):
            self._store.fetched(file, size=None, error="Its address is not SmartSupport's.")
            return
        digest, size = hashlib.sha256(), 0
        try:
            with client.stream("GET", address) as answer:
                for piece in answer.iter_bytes():
                    digest.update(piece)
                    size += len(piece)
                    if size > LARGEST:
                        self._store.fetched(file, size=size, error="It is too large.")
                        return
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Its text may hold the address.
            self._store.fetched(file, size=None, error=f"It could not be fetched ({type(error).__name__}).")
            return
        if answer.status_code != 200:
            self._store.fetched(file, size=None, error=f"Fetching it was answered with {answer.status_code}.")
            return
        self._store.fetched(file, size=size, sha256=digest.hexdigest())
