"""What people see of the sandbox: its tickets, one ticket with all that came and went, its moods.

Templates are Django's, without its settings: everything is handed over as text, and escaped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from django.template import Context, Engine

from tickets.workflow.sandbox.answers import Answer, leads_to
from tickets.workflow.sandbox.moods import DOWN, SENTENCES, Mood
from tickets.workflow.sandbox.store import Row

if TYPE_CHECKING:
    from tickets.workflow.sandbox.sandbox import Sandbox

HERE = Path(__file__).resolve().parent / "html"
#: The house's own look.
SITE = Path(__file__).resolve().parents[3] / "static" / "site"
FILES = {
    **dict.fromkeys(("tokens.css", "site.css", "nav.css", "forms.css"), (SITE, "text/css")),
    **dict.fromkeys(("mark.svg", "icons.svg", "chevron.svg", "chevron-dark.svg"), (SITE, "image/svg+xml")),
    "sandbox.css": (HERE, "text/css"),
}
PER_PAGE = 50
#: Word → the pill it is shown in, by icon and colour. Others are grey.
PILLS = {
    "RECEIVED": "new",
    "ASSIGNED": "open",
    "WORKING": "in-progress",
    "ON_HOLD": "on-hold",
    "AWAITING": "on-hold",
    "COMPLETED": "resolved",
    "CANCELLED": "rejected",
}
WORDS = ("ASSIGNED", "WORKING", "ON_HOLD", "COMPLETED", "CANCELLED")
WORD_LENGTH, NOTE_LENGTH = 40, 2000

_engine = Engine(dirs=[str(HERE)])


def show(sandbox: Sandbox, path: str, query: Mapping[str, list[str]]) -> Answer:
    """A page, or a file of one."""
    if path == "/":
        return _page("list.html", sandbox, **_listed(sandbox, (query.get("page") or ["1"])[-1]))
    if path == "/moods/":
        return _page("moods.html", sandbox, **_moods(sandbox))
    if path.startswith("/static/"):
        return _file(path.removeprefix("/static/"))
    ticket = _ticket_at(sandbox, path, "/")
    if ticket is None:
        return _page("nothing.html", sandbox, code=404)
    return _page("ticket.html", sandbox, **_whole(sandbox, ticket))


def do(sandbox: Sandbox, path: str, given: Mapping[str, str]) -> Answer:
    """What a form asks for."""
    if path == "/moods/":
        try:
            sandbox.behave(mood=given.get("mood", ""), pace=given.get("pace", ""), answers=given.get("answers") == "on")
        except ValueError as error:
            return _page("moods.html", sandbox, code=422, error=str(error), **_moods(sandbox))
        return leads_to("/moods/")
    ticket = _ticket_at(sandbox, path, "/send/")
    if ticket is None:
        return _page("nothing.html", sandbox, code=404)
    word = (given.get("other", "").strip() or given.get("word", ""))[:WORD_LENGTH]
    if not word:
        return _page("ticket.html", sandbox, code=422, error="Say which state.", **_whole(sandbox, ticket))
    note = given.get("note", "")[:NOTE_LENGTH].replace("\r", "")
    is_end = word == "COMPLETED"
    sandbox.say(
        ticket["number"],
        word,
        technician=given.get("technician", "")[:100],
        notes=[] if is_end else [note],
        resolution=note if is_end else "",
    )
    return leads_to(_address_of(ticket["number"]))


def _page(template: str, sandbox: Sandbox, *, code: int = 200, **told: Any) -> Answer:
    mood = {"mood": sandbox.mood.value, "sentence": SENTENCES[sandbox.mood], "is_down": sandbox.mood in DOWN}
    settings = {"site": sandbox.site, "answers": sandbox.answers, "pace": f"{sandbox.pace:g}"}
    context = Context({**mood, **settings, **told})
    return Answer(code, _engine.get_template(template).render(context).encode())


def _file(name: str) -> Answer:
    if name not in FILES:
        return Answer(404, b"", "text/plain")
    folder, kind = FILES[name]
    return Answer(200, (folder / name).read_bytes(), kind, {"Cache-Control": "max-age=3600"})


def _listed(sandbox: Sandbox, asked: str) -> dict[str, Any]:
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    first = PER_PAGE * (max(page, 1) - 1)
    found = sandbox.store.tickets(first=first, most=PER_PAGE + 1)
    return {
        "tickets": [_as_shown(ticket) for ticket in found[:PER_PAGE]],
        "count": f"{sandbox.store.number_of_tickets():,}",
        "previous": str(page - 1) if page > 1 else "",
        "next": str(page + 1) if len(found) > PER_PAGE else "",
    }


def _as_shown(ticket: Row) -> dict[str, Any]:
    word = ticket["word"] or ""
    return {
        **{name: str(value or "") for name, value in ticket.items()},
        "address": _address_of(ticket["number"]),
        "pill": PILLS.get(word, "closed"),
        "when": clock(ticket["modified"]),
        "opened_often": str(ticket["openings"]) if ticket["openings"] > 1 else "",
    }


def _whole(sandbox: Sandbox, ticket: Row) -> dict[str, Any]:
    number = ticket["number"]
    return {
        "ticket": _as_shown(ticket),
        "words": WORDS,
        "deliveries": [
            {
                "event": delivery["event"],
                "key": delivery["key"],
                "when": clock(delivery["taken"]),
                "times": str(delivery["times"]) if delivery["times"] > 1 else "",
                "request": json.dumps(json.loads(delivery["request"]), indent=2, ensure_ascii=False),
            }
            for delivery in sandbox.store.deliveries(number)
        ],
        "files": [
            {**file, "size": "" if file["size"] is None else f"{file['size']:,}", "sha256": file["sha256"]}
            for file in sandbox.store.files(number)
        ],
        "callbacks": [_callback_shown(row) for row in sandbox.store.callbacks(number) if row["body"]],
        "coming": [
            {"word": row["word"], "when": clock(row["due"])}
            for row in sandbox.store.callbacks(number)
            if not row["body"]
        ],
    }


def _callback_shown(row: Row) -> dict[str, str]:
    code = row["code"]
    if not row["tries"]:
        answer = "not sent yet"
    else:
        answer = "no answer" if code is None else str(code)
    return {
        "word": row["word"],
        "pill": PILLS.get(row["word"], "closed"),
        "when": clock(row["sent"]),
        "answer": answer,
        "said": row["answer"],
        "is_well": code is not None and code < 300,
        "tries": str(row["tries"]) if row["tries"] > 1 else "",
    }


def _moods(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "moods": [
            {"name": mood.value, "sentence": SENTENCES[mood], "is_now": mood is sandbox.mood, "is_down": mood in DOWN}
            for mood in Mood
        ]
    }


def _ticket_at(sandbox: Sandbox, path: str, ending: str) -> Row | None:
    if not path.startswith("/tickets/") or not path.endswith(ending):
        return None
    return sandbox.store.ticket(unquote(path.removeprefix("/tickets/").removesuffix(ending)))


def _address_of(number: str) -> str:
    return f"/tickets/{quote(number, safe='')}/"


def clock(moment: float | None) -> str:
    """In this machine's own time."""
    return "" if moment is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
