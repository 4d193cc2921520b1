"""What time itself does: SYSTEM closes what was resolved long ago and resumes what has waited long enough."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db.models import QuerySet

from audit.actors import SYSTEM
from audit.refusals import InvalidValues, Refused, StaleVersion
from tickets import lifecycle, queries
from tickets.models import Ticket

logger = logging.getLogger(__name__)

#: One run takes at most so many; the next minute takes the rest.
BATCH = 500


def close_what_rests() -> int:
    """Closes what is due; returns how many."""
    return _each(queries.due_to_close(), lifecycle.close)


def resume_what_is_due() -> int:
    """Resumes what is due; returns how many."""
    return _each(queries.due_to_resume(), lifecycle.resume)


def _each(due: QuerySet[Ticket], verb: Callable[..., Ticket]) -> int:
    done = 0
    for ticket in list(due[:BATCH]):
        try:
            verb(ticket, by=SYSTEM)
            done += 1
        except (Refused, StaleVersion, InvalidValues) as refusal:
            # A person was quicker, between our look and the lock: their word holds.
            logger.info("%s was not due any more: %s", ticket.ticket_number, refusal)
    return done
