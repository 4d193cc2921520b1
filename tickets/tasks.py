"""Huey tasks of tickets: thin. A minute missed is taken up by the next."""

from __future__ import annotations

import logging

from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from tickets import timers

logger = logging.getLogger(__name__)


@db_periodic_task(crontab(minute="*"))
def tick() -> None:
    """Each minute: what is due to close or to resume."""
    closed, resumed = timers.close_what_rests(), timers.resume_what_is_due()
    if closed or resumed:
        logger.info("closed %d, resumed %d", closed, resumed)
