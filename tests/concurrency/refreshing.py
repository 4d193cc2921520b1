"""Run as a process of its own: one refresh token, and so many processes that bring it at the same moment.

python -m tests.concurrency.refreshing 20 outcomes.txt     # a line each: the status of the answer
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

from tests.concurrency.approving import in_a_process, wait_for


def prepare(token: Path) -> None:
    from people import tokens
    from tests.factories import people

    token.write_text(tokens.start(people.person())["refresh"])


def refresh(token: str) -> int:
    from django.test import Client

    return Client().post("/api/token/refresh/", {"refresh": token}, content_type="application/json").status_code


def main(count: int, outcomes: str) -> None:
    django.setup()
    token = Path(f"{outcomes}.token")
    wait_for([in_a_process(lambda: prepare(token))])
    waiting, go = os.pipe()
    lines = os.open(outcomes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def one(number: int) -> None:
        os.close(go)
        os.read(waiting, 1)  # answers when the parent closes its end
        os.write(lines, f"{refresh(token.read_text())}\n".encode())

    children = [in_a_process(lambda number=number: one(number)) for number in range(count)]
    os.close(go)
    wait_for(children)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
