"""How a ticket of the demo is told: who asked for what, and what came of it, each step some hours after the one before.
The stories are in demo_tickets.yaml; every step here is one call of a door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from audit.actors import SYSTEM
from people.models import Department, Employee
from tickets import conversation, lifecycle
from tickets.enums import Priority
from tickets.models import StagedFile, Ticket

STORIES = Path(__file__).with_name("demo_tickets.yaml")

#: The people by the name that the stories know them by, and the files that were uploaded for a ticket by theirs.
People = dict[str, Employee]
Files = dict[str, StagedFile]


@dataclass(frozen=True)
class Story:
    """One ticket. days: how long ago it was submitted. wanted: days after that."""

    days: float
    who: str
    category: str
    subject: str
    description: str
    sub_category: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    wanted: int | None = None
    files: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def uploads(self) -> list[tuple[str, str]]:
        """(who, name) of every file it needs."""
        with_steps = [(step["who"], name) for step in self.steps for name in step.get("files", ())]
        return [(self.who, name) for name in self.files] + with_steps

    def details_on(self, day: dt.date) -> dict[str, Any]:
        """Its extra fields; a whole number stands for a date so many days later."""
        return {
            key: (day + dt.timedelta(days=value)).isoformat() if isinstance(value, int) else value
            for key, value in self.details.items()
        }


def stories() -> list[Story]:
    """The oldest first, so that numbers grow with the days."""
    told = [Story(**each) for each in yaml.safe_load(STORIES.read_text(encoding="utf-8"))]
    return sorted(told, key=lambda story: -story.days)


@dataclass(frozen=True)
class Scene:
    """What a step works with. today: the real one, however far the clock is set back."""

    ticket: Ticket
    people: People
    files: Files
    today: dt.date


def play(scene: Scene, step: dict[str, Any]) -> None:
    """Do one step of a story."""
    said = {name: value for name, value in step.items() if name not in {"after", "do"}}
    STEPS[step["do"]](scene, **said)


def _approve(scene: Scene, priority: str = Priority.MEDIUM, to: str = "", department: str = "") -> None:
    ticket = scene.ticket
    lifecycle.approve(
        ticket,
        # Nobody decides about their own.
        by=scene.people["ines" if ticket.employee_id == scene.people["amara"].pk else "amara"],
        priority=priority,
        department=_department(department) if department else ticket.department,
        assignee=scene.people[to] if to else None,
    )


def _say(scene: Scene, who: str, text: str, files: list[str] | None = None, is_internal: bool = False) -> None:
    given = [scene.files[name] for name in files or () if name in scene.files]
    conversation.comment(scene.ticket, by=scene.people[who], comment=text, is_internal=is_internal, files=given)


def _hold(scene: Scene, who: str, reason: str, back: int | None = None) -> None:
    """back: days from the real today, so that it still lies ahead."""
    resume = scene.today + dt.timedelta(days=back) if back is not None else None
    lifecycle.hold(scene.ticket, by=scene.people[who], reason=reason, resume_date=resume)


def _move(scene: Scene, who: str, department: str, reason: str) -> None:
    lifecycle.transfer(scene.ticket, by=scene.people[who], department=_department(department), reason=reason)


def _department(name: str) -> Department:
    return Department.objects.get(name=name)


STEPS: dict[str, Callable[..., Any]] = {
    "approve": _approve,
    "take": lambda scene, who: lifecycle.claim(scene.ticket, by=scene.people[who]),
    "begin": lambda scene, who: lifecycle.start(scene.ticket, by=scene.people[who]),
    "hand_to": lambda scene, who, to: lifecycle.assign(scene.ticket, by=scene.people[who], assignee=scene.people[to]),
    "say": _say,
    "note": lambda scene, who, text: _say(scene, who, text, is_internal=True),
    "hold": _hold,
    "go_on": lambda scene, who: lifecycle.resume(scene.ticket, by=scene.people[who]),
    "solve": lambda scene, who, text: lifecycle.resolve(scene.ticket, by=scene.people[who], resolution=text),
    "thanks": lambda scene: lifecycle.close(scene.ticket, by=scene.ticket.employee),
    "closed_by_itself": lambda scene: lifecycle.close(scene.ticket, by=SYSTEM),
    "not_solved": lambda scene, reason: lifecycle.reopen(scene.ticket, by=scene.ticket.employee, reason=reason),
    "no": lambda scene, reason: lifecycle.reject(scene.ticket, by=scene.people["amara"], reason=reason),
    "never_mind": lambda scene, reason="": lifecycle.withdraw(scene.ticket, by=scene.ticket.employee, reason=reason),
    "more_urgent": lambda scene, who, priority, reason: lifecycle.reprioritise(
        scene.ticket, by=scene.people[who], priority=priority, reason=reason
    ),
    "move": _move,
}
