"""The two clocks of a ticket, reckoned in absolute time (UTC), so that daylight saving changes nothing.

Pure: no database, no settings, no 'now' of their own. Source: domain.md "Clocks".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

NOTHING = timedelta(0)


@dataclass(frozen=True)
class ResolutionClock:
    """Runs from `started`; stands still On Hold, Resolved and Closed (since `stopped_at`); `stopped_total` before."""

    started: datetime
    stopped_at: datetime | None = None
    stopped_total: timedelta = NOTHING

    def stop(self, now: datetime) -> ResolutionClock:
        """Stand still from now on; a clock that stands still already counts its new pause from now."""
        return replace(self.go(now), stopped_at=now)

    def go(self, now: datetime) -> ResolutionClock:
        """Run again; the pause that ends now is added to the others."""
        if self.stopped_at is None:
            return self
        return replace(self, stopped_at=None, stopped_total=self.stopped_total + not_negative(now - self.stopped_at))

    def elapsed(self, now: datetime) -> timedelta:
        """Time that counts, up to the moment the clock stopped, or to now. Never negative."""
        return not_negative((self.stopped_at or now) - self.started - self.stopped_total)


def not_negative(duration: timedelta) -> timedelta:
    """A machine's clock may be set back between two events; a duration below nothing would be a lie."""
    return max(duration, NOTHING)


def response_time(submitted: datetime, now: datetime) -> timedelta:
    """Submit → the first answer by somebody else than the requester."""
    return not_negative(now - submitted)
