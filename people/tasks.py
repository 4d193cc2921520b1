"""Huey tasks of people: what must not pile up. An hour missed is taken up by the next."""

from __future__ import annotations

import logging

from django.core.management import call_command
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from people import pictures, tokens

logger = logging.getLogger(__name__)


@db_periodic_task(crontab(minute="17"))
def tidy() -> None:
    """Each hour: pictures that nobody names, API sign-ins and sessions that are long over."""
    swept, pruned = pictures.sweep(), tokens.prune()
    call_command("clearsessions")
    if swept or pruned:
        logger.info("removed %d pictures, %d API sign-ins", swept, pruned)
