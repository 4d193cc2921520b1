"""The list of tickets that a System Admin opens, first page, newest first."""

from __future__ import annotations

from bench.cases.case import BARE, OURS, Case, Page, over_http

#: Rows of a page of the back office: the bare list shows as many.
ROWS = 50


def list_ours(count: int) -> list[Page]:
    from django.urls import reverse

    from tickets.admin.listing import ROWS_A_PAGE
    from tickets.models import Ticket

    if ROWS_A_PAGE != ROWS:
        raise ValueError(f"The back office shows {ROWS_A_PAGE} rows now: say so in ROWS of {__name__}.")
    newest = Ticket.objects.order_by("-submit_date", "-pk").values_list("ticket_number", flat=True)
    # Without a queue it would open where something waits.
    address = f"{reverse('admin:tickets_ticket_changelist')}?queue=all"
    return [Page(address, **shown(list(newest[: ROWS + 1])))] * count


def list_bare(count: int) -> list[Page]:
    from bench.bare.models import Ticket

    newest = [ticket.number for ticket in Ticket.objects.order_by("-submit_date", "-pk")[: ROWS + 1]]
    return [Page(f"/tickets/?rows={ROWS}", **shown(newest))] * count


def shown(numbers: list[str]) -> dict[str, list[str]]:
    """Both sides must show as many rows, or they would not do the same job."""
    return {"has": [numbers[0], numbers[:ROWS][-1]], "lacks": numbers[ROWS:]}


CASES = [
    Case(
        name="list",
        title="ticket list",
        ours=over_http(OURS, list_ours),
        bare=over_http(BARE, list_bare),
        goal=10,
        statements_goal=15,
    )
]
