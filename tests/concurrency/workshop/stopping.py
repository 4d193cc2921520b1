"""A worker that stops before its n-th statement on the rows of a run or on people, for the test to kill it there.

Off without STOP_AT_STATEMENT and GATE_PORT in the environment.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

#: What an import writes and reads; not what any idle worker asks.
_COUNTED = re.compile(r"jobs_runrow|people_(historical)?employee|people_numbersequence|account_emailaddress")

_lock = threading.Lock()
_seen = 0


def install() -> None:
    if "STOP_AT_STATEMENT" in os.environ:
        connection_created.connect(_watch, weak=False)


def _watch(connection: Any, **_kwargs: Any) -> None:
    if _stop_or_go not in connection.execute_wrappers:
        connection.execute_wrappers.append(_stop_or_go)


def _stop_or_go(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    global _seen
    with _lock:
        is_stop = False
        if _COUNTED.search(sql):
            _seen += 1
            is_stop = _seen == int(os.environ["STOP_AT_STATEMENT"])
        if is_stop:
            with socket.create_connection(("127.0.0.1", int(os.environ["GATE_PORT"])), timeout=60) as gate:
                gate.sendall(f"{sql[:60]}\n".encode())
                gate.recv(1)
    return execute(sql, params, many, context)
