"""Run as a process of its own: one ticket, and so many processes that approve it at the same moment.

python -m tests.concurrency.approving 20 outcomes.txt     # a line each: what came of it
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import django


def in_a_process(work: Callable[[], None]) -> int:
    """Its process id. A fork that shares no open database: nobody has opened one before."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - a child must end here, whatever it is, and not go on as a second parent
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def wait_for(children: list[int]) -> None:
    ends = [os.waitpid(child, 0)[1] for child in children]
    if any(ends):
        sys.exit(f"A process failed: {ends}")


def prepare() -> None:
    from tests.factories import people, tickets

    home = people.department()
    for make in (people.admin, people.admin, people.coordinator, people.coordinator):
        make(department=home)
    tickets.ticket(department=home)


def approve(number: int) -> str:
    from audit.refusals import Refused, StaleVersion
    from people.models import Employee
    from tickets import lifecycle
    from tickets.models import Ticket

    ticket = Ticket.objects.select_related("department").get()
    admins = Employee.objects.filter(role="System Admin").order_by("pk")
    expected = 1 if number % 2 else None
    try:
        done = lifecycle.approve(
            ticket, by=admins[number % 2], priority="High", department=ticket.department, expected_version=expected
        )
    except Refused as refused:
        return f"refused: {' '.join(sorted(refused.codes))}"
    except StaleVersion:
        return "stale"
    return done.status


def main(count: int, outcomes: str) -> None:
    django.setup()
    wait_for([in_a_process(prepare)])
    waiting, go = os.pipe()
    lines = os.open(outcomes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def one(number: int) -> None:
        os.close(go)
        os.read(waiting, 1)  # answers when the parent closes its end
        os.write(lines, f"{approve(number)}\n".encode())

    children = [in_a_process(lambda number=number: one(number)) for number in range(count)]
    os.close(go)
    wait_for(children)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
