"""The loop that sends to the workflow system: claim, make the payload, post, note the answer; against posting alone."""

from __future__ import annotations

from collections.abc import Callable

from bench.cases.case import BARE, OURS, Case, in_python


def deliver_ours(count: int) -> Callable[[], object]:
    from django.conf import settings
    from django.db import transaction

    from bench import ours, sink
    from jobs import leases
    from tickets.models import WorkflowDelivery
    from tickets.workflow import deliveries

    settings.EXTERNAL_WORKFLOW_API_URL, settings.EXTERNAL_WORKFLOW_API_KEY = sink.address(), "bench"
    admin = ours.admin()
    with transaction.atomic():
        for ticket in ours.assigned_tickets(count):
            deliveries.opened(ticket, by=admin)
    waiting = iter(WorkflowDelivery.objects.filter(status=WorkflowDelivery.Status.PENDING).order_by("-pk")[:count])

    def deliver() -> object:
        row = next(waiting)
        if not leases.claim(row):
            raise ValueError("Somebody else took it.")
        leases.work(row)
        done = WorkflowDelivery.objects.values_list("status", flat=True).get(pk=row.pk)
        if done != WorkflowDelivery.Status.DONE:
            raise ValueError(f"It is {done}.")
        return row

    return deliver


def post_bare(count: int) -> Callable[[], object]:
    import httpx

    from bench import sink
    from bench.bare.models import Ticket

    client, address, tickets = httpx.Client(), sink.address(), Ticket.objects.order_by("pk")
    told = tickets.values("pk", "subject", "description", "status", "priority")[0]

    def post() -> object:
        return client.post(address, json=told, headers={"Authorization": "Bearer bench"}).raise_for_status()

    return post


CASES = [
    Case(
        name="delivery",
        title="a delivery, in Python",
        ours=in_python(OURS, deliver_ours),
        bare=in_python(BARE, post_bare),
    )
]
