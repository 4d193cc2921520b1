"""Pages that people open all day: a ticket with ten comments, a search, the start page, an article."""

from __future__ import annotations

from bench.cases.case import BARE, OURS, Case, Page, over_http
from bench.cases.ticket_list import ROWS
from bench.filling import ARTICLE_TITLE, RARE_WORD

COMMENTS = 10


def ticket_ours(count: int) -> list[Page]:
    """As a System Admin, with everything that stands beside the conversation."""
    from django.urls import reverse

    from bench import ours

    ticket = ours.ticket_with_comments(COMMENTS)
    return [Page(reverse("admin:tickets_ticket_change", args=[ticket.pk]), has=[ticket.ticket_number])] * count


def ticket_bare(count: int) -> list[Page]:
    from bench.bare import people

    ticket = people.ticket_with_comments(COMMENTS)
    return [Page(f"/tickets/{ticket.pk}/", has=[ticket.number])] * count


def search_ours(count: int) -> list[Page]:
    """A word that one ticket in a hundred has, over the tickets of everybody."""
    from django.urls import reverse

    address = f"{reverse('admin:tickets_ticket_changelist')}?queue=all&q={RARE_WORD}"
    return [Page(address, has=["TX0001", RARE_WORD] if _is_short() else [RARE_WORD])] * count


def _is_short() -> bool:
    """The whole result fits on its first page."""
    from tickets.models import Ticket

    return Ticket.objects.filter(subject__contains=RARE_WORD).count() < ROWS


def search_bare(count: int) -> list[Page]:
    return [Page(f"/tickets/search/?q={RARE_WORD}&rows={ROWS}", has=[RARE_WORD])] * count


def start_ours(count: int) -> list[Page]:
    """What waits for one, figures, charts."""
    return [Page("/admin/", has=["What waits for you"])] * count


def start_bare(count: int) -> list[Page]:
    return [Page("/start/", has=["Open"])] * count


def article_ours(count: int) -> list[Page]:
    from bench import ours

    return [Page(ours.article(), has=[ARTICLE_TITLE, "Step 5"], is_signed_in=False)] * count


def article_bare(count: int) -> list[Page]:
    from bench.bare import people

    return [Page(people.article(), has=[ARTICLE_TITLE, "Step 5"], is_signed_in=False)] * count


CASES = [
    Case(
        name="ticket",
        title=f"ticket, {COMMENTS} comments",
        ours=over_http(OURS, ticket_ours),
        bare=over_http(BARE, ticket_bare),
        goal=10,
        statements_goal=20,
    ),
    Case(
        name="search",
        title="search, a word in 1 %",
        ours=over_http(OURS, search_ours),
        bare=over_http(BARE, search_bare),
        goal=10,
    ),
    # Flat is what is asked of it, and the report says so.
    Case(name="start", title="start page", ours=over_http(OURS, start_ours), bare=over_http(BARE, start_bare)),
    # A thousand requests a second where the bare one had 2197.
    Case(
        name="article",
        title="article, by a stranger",
        ours=over_http(OURS, article_ours),
        bare=over_http(BARE, article_bare),
        goal=2.2,
    ),
]
