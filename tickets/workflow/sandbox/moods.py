"""How the sandbox behaves: what a real workflow system does to us on its bad days."""

from __future__ import annotations

from enum import StrEnum


class Mood(StrEnum):
    WELL = "well"
    SLOW = "slow"
    FAILS = "fails"
    BUSY = "busy"
    REFUSES = "refuses"
    DIES = "dies"
    DROPS = "drops"
    REPEATS = "repeats"
    SHUFFLES = "shuffles"
    UNKNOWN = "unknown"


#: What each does, as the page of moods says it.
SENTENCES = {
    Mood.WELL: "Takes every delivery at once, and answers in order.",
    Mood.SLOW: "Takes every delivery, but lets us wait for the answer.",
    Mood.FAILS: "Answers 500 and takes nothing.",
    Mood.BUSY: "Answers 429 with Retry-After and takes nothing.",
    Mood.REFUSES: "Answers 422 and takes nothing: it will not have this ticket, today or ever.",
    Mood.DIES: "Takes the delivery, then closes the connection without an answer.",
    Mood.DROPS: "Drops every connection before it reads what came.",
    Mood.REPEATS: "Takes every delivery, and sends each callback three times.",
    Mood.SHUFFLES: "Takes every delivery, and sends its callbacks in the wrong order.",
    Mood.UNKNOWN: "Takes every delivery, and puts a state among its callbacks that nobody mapped.",
}

#: These take nothing at all, not even a question.
DOWN = frozenset({Mood.FAILS, Mood.BUSY, Mood.DROPS})
