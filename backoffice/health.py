"""Whether this process is alive, and whether the house behind it can do its work.

Both answer anybody: a load balancer has no account. So they say which part is wrong and never why; addresses, names
and the texts of errors stay in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from huey.contrib.djhuey import HUEY

from backoffice import storage as backing
from jobs import heartbeat

logger = logging.getLogger(__name__)

OK, UNREACHABLE, NOT_MIGRATED, SILENT = "ok", "unreachable", "not migrated", "silent"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def migrations() -> str:
    executor = MigrationExecutor(connection)
    return NOT_MIGRATED if executor.migration_plan(executor.loader.graph.leaf_nodes()) else OK


def queue() -> str:
    HUEY.pending_count()
    return OK


def storage() -> str:
    backing.of_people().check_reachable()
    return OK


def worker() -> str:
    return OK if heartbeat.is_alive() else SILENT


PARTS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "queue": queue,
    "storage": storage,
    "worker": worker,
}


def state_of(name: str) -> str:
    """One word for one part. Whatever is raised means that it can't be reached; the log has the rest."""
    try:
        return PARTS[name]()
    except Exception:
        logger.exception("Not ready: %s", name)
        return UNREACHABLE


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; asks nothing of anybody else, or one outage would restart every web server."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part is ok, else 503; the parts are in the answer either way."""
    parts = {name: state_of(name) for name in PARTS}
    is_ready = set(parts.values()) == {OK}
    return JsonResponse({"ready": is_ready, "parts": parts}, status=200 if is_ready else 503)


VIEWS = {"/healthz": alive, "/readyz": ready}


class HealthMiddleware:
    """Answers before the host name and the protocol are looked at: a load balancer asks by number, without TLS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return VIEWS.get(request.path_info, self.get_response)(request)
