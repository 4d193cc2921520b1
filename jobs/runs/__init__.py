"""Runs over many rows: plan, apply, resume, undo. See jobs.runs.verbs for what one does with a run."""

from jobs.models import Run, RunRow
from jobs.runs.kinds import Effect, Kind, kind_of, register_kind
from jobs.runs.verbs import apply, cancel, retry, start, undo

__all__ = [
    "Effect",
    "Kind",
    "Run",
    "RunRow",
    "apply",
    "cancel",
    "kind_of",
    "register_kind",
    "retry",
    "start",
    "undo",
]
