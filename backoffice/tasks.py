"""Huey tasks of the house itself. An hour missed is taken up by the next."""

from __future__ import annotations

import logging

from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from backoffice import cache_upkeep

logger = logging.getLogger(__name__)


@db_periodic_task(crontab(minute="41"))
def tidy_cache() -> None:
    """Each hour: entries of the cache that are over."""
    if pruned := cache_upkeep.prune():
        logger.info("removed %d expired entries of the cache", pruned)
