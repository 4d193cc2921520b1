"""Runs over many rows: read, plan, apply, resume, undo. See jobs.runs.verbs for what one does with a run."""

from jobs.models import Run, RunRow
from jobs.runs.kinds import Effect, Kind, RunRefused, kind_of, register_kind, register_kind_of_many
from jobs.runs.verbs import apply, cancel, go_on, plan_again, retry, start, start_reading, undo

__all__ = [
    "Effect",
    "Kind",
    "Run",
    "RunRefused",
    "RunRow",
    "apply",
    "cancel",
    "go_on",
    "kind_of",
    "plan_again",
    "register_kind",
    "register_kind_of_many",
    "retry",
    "start",
    "start_reading",
    "undo",
]
