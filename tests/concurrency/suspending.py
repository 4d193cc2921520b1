"""Run as a process of its own: System Admins in a ring, each of whom suspends or demotes the next, all at once.

python -m tests.concurrency.suspending 8 outcomes.txt     # a line each: what came of it
"""

from __future__ import annotations

import os
import sys

import django

from tests.concurrency.approving import in_a_process, wait_for


def prepare(count: int) -> None:
    from tests.factories import people

    for _ in range(count):
        people.admin()


def take_the_next_away(number: int, admins: list) -> str:
    """Those of even places suspend, the others demote."""
    from audit.refusals import Refused
    from people import lifecycle
    from people.enums import Role

    by, person = admins[number], admins[(number + 1) % len(admins)]
    try:
        if number % 2:
            lifecycle.change_role(person, by=by, role=Role.EMPLOYEE, reason="There are too many.")
        else:
            lifecycle.suspend(person, by=by, reason="There are too many.")
    except Refused as refused:
        return f"refused: {' '.join(sorted(refused.codes))}"
    return "done"


def main(count: int, outcomes: str) -> None:
    django.setup()
    wait_for([in_a_process(lambda: prepare(count))])
    waiting, go = os.pipe()
    lines = os.open(outcomes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def one(number: int) -> None:
        from people.models import Employee

        os.close(go)
        admins = list(Employee.objects.order_by("pk"))
        os.read(waiting, 1)  # answers when the parent closes its end
        os.write(lines, f"{take_the_next_away(number, admins)}\n".encode())

    children = [in_a_process(lambda number=number: one(number)) for number in range(count)]
    os.close(go)
    wait_for(children)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
