"""How gunicorn runs us (`--config python:backoffice.web_server`): loaded once, before it splits into processes.

They share the memory of what is loaded as long as nobody writes to it. Python's collector would, in every object that
it looks at; so what is there at the split is put where it does not look.
"""

from __future__ import annotations

import gc
from typing import Any

from django.db import connections
from django.urls import URLResolver, get_resolver

preload_app = True

# While loading there is nothing to collect, and what is collected leaves holes that every process fills for itself.
gc.disable()


def when_ready(server: Any) -> None:
    """Gunicorn's hook: loaded, and not split yet."""
    _load(get_resolver())
    # No process may use a connection that another has.
    connections.close_all()
    gc.collect()
    gc.freeze()
    gc.enable()


def _load(part: URLResolver) -> None:
    """Every address with its view, which would otherwise be loaded in each process by the first who asks."""
    for each in part.url_patterns:
        if isinstance(each, URLResolver):
            _load(each)
