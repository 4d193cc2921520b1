"""Huey tasks of tickets: thin. A minute missed is taken up by the next."""

from __future__ import annotations

import logging

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from tickets import files, scanning, timers
from tickets.workflow import report

logger = logging.getLogger(__name__)


@db_periodic_task(crontab(minute="*"))
def tick() -> None:
    """Each minute: what is due to close or to resume."""
    closed, resumed = timers.close_what_rests(), timers.resume_what_is_due()
    if closed or resumed:
        logger.info("closed %d, resumed %d", closed, resumed)


@db_task()
def scan_files() -> None:
    """As soon as a file came: whether it has a virus."""
    scanning.check_waiting()


@db_periodic_task(crontab(minute="*"))
def scan_what_waits() -> None:
    """Each minute: files that a scanner which was down, or a lost wake-up, left waiting."""
    scanning.check_waiting()


@db_periodic_task(crontab(minute="12"))
def report_yesterday() -> None:
    """Each hour: the days that are over and not counted. A day has one report, however often this is called."""
    for made in report.make_due():
        logger.info("counted %s", made.day)


@db_periodic_task(crontab(minute="37"))
def tidy() -> None:
    """Each hour: files that nobody sent, and those that nobody may have any more."""
    swept, removed = files.sweep(), files.remove_dead()
    if swept or removed:
        logger.info("removed %d files nobody sent, %d of tickets", swept, removed)
