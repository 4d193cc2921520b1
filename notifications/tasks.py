"""Huey tasks of notifications: what must not pile up. A day missed is taken up by the next."""

from __future__ import annotations

import logging

from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from notifications import notices
from notifications.webhooks import log

logger = logging.getLogger(__name__)


@db_periodic_task(crontab(hour="3", minute="47"))
def tidy() -> None:
    """Each day: notices and deliveries of webhooks that nobody looks for any more."""
    if pruned := notices.prune():
        logger.info("removed %d notices", pruned)
    if pruned := log.prune():
        logger.info("removed %d deliveries of webhooks", pruned)
