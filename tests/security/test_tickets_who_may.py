"""The literal table expected_doors.txt, cell by cell: everybody knocks at every door to a ticket.

safety.md "Who may". The verbs themselves, in every state, are in tests/tickets/test_who_may_what.py.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.security import doors
from tests.security import house as household
from tests.security.doors import Door
from tickets.enums import Status

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TABLE = Path(__file__).with_name("expected_doors.txt")
COLUMNS = [
    "requester", "colleague", "coordinator", "of another", "of none", "assignee", "admin", "own admin", "clerk",
    "editor", "suspended", "pending", "nobody",
]  # fmt: skip
WORDS = {"page", "has", "lacks", "done", "in", "back", "401", "403", "404", "422"}

MINE, TICKET = "my/tickets/<str:ticket_number>/", "admin/tickets/ticket/<int:pk>/"
PAGE, REDACT = "admin/tickets/ticket/<path:object_id>/", f"{TICKET}comments/<int:comment>/redact/"
FILE, MAIL = "attachments/<uuid:token>/", "admin/notifications/emailnotification/"
WEBHOOKS = "admin/notifications/webhookdelivery/"
SYNC = "admin/tickets/sync/"
EDITED = {"subject": "Two feeders", "description": "One is not enough.", "reason": "They asked by telephone."}
WHY = {"reason": "There are reasons."}

#: Verb → the state that it leads from, and what its form takes. The note makes the second version of a new ticket.
VERBS: dict[str, Door] = {
    "approve": Door(Status.NEW, sends={"priority": "High", "department": "{it}"}),
    "reject": Door(Status.NEW, sends=WHY),
    "claim": Door("free"),
    "assign": Door(sends={"assigned_to": "{admin}"}),
    "start": Door(Status.OPEN),
    "hold": Door(sends=WHY),
    "resume": Door(Status.ON_HOLD),
    "resolve": Door(sends={"resolution": "It is there."}),
    "close": Door(Status.RESOLVED, sends=WHY),
    "reopen": Door(Status.RESOLVED, sends=WHY),
    "withdraw": Door(sends=WHY),
    "reprioritise": Door(sends={"priority": "Low", **WHY}),
    "transfer": Door(sends={"department": "{legal}", **WHY}),
}

API = "api/tickets/<str:ticket_number>/"
EDITED_IN_API = {name: EDITED[name] for name in ("subject", "description")}
#: What programs call by another name than forms.
IN_API = {
    "approve": {"department": "IT Department"},
    "assign": {"assigned_to": "{id of admin}"},
    "transfer": {"department": "Legal"},
}

#: What the door is about, where it is not simply the ticket in progress.
DOORS: dict[str, Door] = {
    "GET": Door(tells="/my/tickets/{number}/"),
    "GET my/tickets/": Door(tells="/my/tickets/{number}/"),
    "GET my/tickets/ (searched)": Door(asks={"q": "feeder", "tab": "all"}, tells="/my/tickets/{number}/"),
    f"GET {MINE} (all of it)": Door(asks={"all": "1"}),
    f"GET {MINE}edit/": Door(Status.NEW),
    f"GET {MINE}close/": Door(Status.RESOLVED),
    f"GET {MINE}reopen/": Door(Status.RESOLVED),
    f"POST {MINE}edit/": Door(Status.NEW, sends={**EDITED, "as_read": "{as read}"}),
    f"POST {MINE}comment/": Door(sends={"comment": "Is it there?"}),
    f"POST {MINE}attach/": Door(sends={"uploads": "{token of staged}"}),
    f"POST {MINE}withdraw/": Door(sends=WHY),
    f"POST {MINE}close/": Door(Status.RESOLVED, sends=WHY),
    f"POST {MINE}reopen/": Door(Status.RESOLVED, sends=WHY),
    "GET search/": Door(asks={"q": "{number}"}, tells="/my/tickets/{number}/"),
    "GET search/suggest/": Door(asks={"q": "{number}"}, tells="/my/tickets/{number}/"),
    f"GET {FILE} (of the request)": Door(row="file"),
    f"GET {FILE} (within a page)": Door(row="file", asks={"inline": "1"}),
    f"GET {FILE} (of a note)": Door(row="note_file"),
    "POST my/uploads/": Door(sends={"file": doors.A_FILE}),
    "POST my/uploads/<uuid:token>/discard/": Door(row="staged"),
    "GET admin/search/": Door(asks={"s": "{number}"}, tells=household.SUBJECT),
    "GET admin/tickets/ticket/": Door(asks={"queue": "all"}, tells="/admin/tickets/ticket/{ticket}/"),
    "GET admin/tickets/ticket/ (searched)": Door(asks={"q": "{number}"}, tells="/admin/tickets/ticket/{ticket}/"),
    "GET admin/tickets/ticket/ (of a person)": Door(
        asks={"queue": "all", "employee": "{person}"}, tells="/admin/tickets/ticket/{ticket}/"
    ),
    "GET admin/tickets/ticket/of-person/<int:pk>/": Door(row="person", tells="/admin/tickets/ticket/{ticket}/"),
    f"POST {TICKET}comment/": Door(sends={"comment": "It comes on Monday.", "is_internal": "0"}),
    f"POST {TICKET}comment/ (a note)": Door(sends={"comment": "Not before Monday.", "is_internal": "1"}),
    f"GET {TICKET}edit/": Door(Status.NEW),
    f"POST {TICKET}edit/": Door(Status.NEW, sends=EDITED),
    f"GET {REDACT} (a comment)": Door(row="comment"),
    f"POST {REDACT} (a comment)": Door(row="comment", sends=WHY),
    f"GET {REDACT} (a note)": Door(row="note"),
    f"POST {REDACT} (a note)": Door(row="note", sends=WHY),
    "POST admin/tickets/ticket/ (to resolve)": Door(sends={"action": "resolve", "_selected_action": "{ticket}"}),
    "GET admin/jobs/run/": Door(tells="/admin/jobs/run/{run}/"),
    **{f"GET admin/jobs/run/<int:pk>/{page}/": Door(row="run") for page in ("plan", "progress")},
    "POST admin/jobs/run/<int:pk>/plan/": Door(row="run", sends={"priority": "Low", **WHY}),
    **{f"POST admin/jobs/run/<int:pk>/{page}/": Door(row="run") for page in ("apply", "retry", "cancel")},
    "GET admin/jobs/run/<path:object_id>/change/": Door(row="run"),
    "GET admin/jobs/runrow/": Door(row="run_row", tells="/admin/jobs/runrow/{run_row}/"),
    "GET admin/jobs/runrow/<path:object_id>/change/": Door(row="run_row"),
    "GET my/notifications/": Door(tells=household.SUBJECT),
    "GET my/notifications/ (of a note)": Door(tells="Internal note: "),
    "POST my/notifications/read/": Door(sends={"up_to": "999999"}),
    "GET my/notifications/<int:pk>/": Door(row="notice"),
    "GET my/notifications/<int:pk>/ (of a note)": Door(row="note_notice"),
    "GET admin/notifications/notice/": Door(tells="/admin/notifications/notice/{notice}/"),
    "GET admin/notifications/notice/ (of a note)": Door(tells="/admin/notifications/notice/{note_notice}/"),
    "GET admin/notifications/notice/<path:object_id>/change/": Door(row="notice"),
    "GET admin/notifications/notice/<path:object_id>/change/ (of a note)": Door(row="note_notice"),
    "GET admin/notifications/ledgerentry/": Door(tells="/admin/notifications/ledgerentry/{told}/"),
    "GET admin/notifications/ledgerentry/<path:object_id>/change/": Door(row="told"),
    "GET admin/notifications/ledgerentry/<path:object_id>/change/ (of a note)": Door(row="note_told"),
    f"GET {MAIL}": Door(tells=f"/{MAIL}{{mail}}/"),
    f"GET {MAIL} (of a note)": Door(tells=f"/{MAIL}{{note_mail}}/"),
    **{
        f"{method} {MAIL}<{key}>/{page}/{variant}": Door(row=row)
        for method, key, page in [
            ("GET", "path:object_id", "change"), ("GET", "int:pk", "send-again"), ("POST", "int:pk", "send-again"),
        ]
        for variant, row in [("", "mail"), (" (of a note)", "note_mail")]
    },
    f"GET {WEBHOOKS}": Door(tells=f"/{WEBHOOKS}{{webhook_delivery}}/"),
    f"GET {WEBHOOKS}<path:object_id>/change/": Door(row="webhook_delivery"),
    f"GET {WEBHOOKS}<int:pk>/progress/": Door(row="webhook_delivery"),
    **{f"{method} {WEBHOOKS}<int:pk>/send-again/": Door(row="webhook_delivery") for method in ("GET", "POST")},
    f"GET {SYNC}": Door(tells=f"/{SYNC}deliveries/{{delivery}}/cancel/"),
    **{
        f"{method} {SYNC}{page}/": Door(row=row, sends=sends)
        for method in ("GET", "POST")
        for page, row, sends in [
            ("deliveries/<int:pk>/send-again", "delivery", {}),
            ("deliveries/<int:pk>/cancel", "delivery", WHY),
            ("messages/<int:pk>/apply", "callback", {"effect": "resolve"}),
            ("differences/<int:pk>/push", "drift", {}),
            ("differences/<int:pk>/pull", "drift", {}),
            ("differences/<int:pk>/ignore", "drift", {}),
        ]
    },
    "POST admin/tickets/ticketcategory/preview/": Door(
        sends={"name": "Animals", "fields-TOTAL_FORMS": "0", "fields-INITIAL_FORMS": "0"}
    ),
    **{f"{method} {TICKET}{verb}/": door for verb, door in VERBS.items() for method in ("GET", "POST")},
    # The API, which knows rows by what people call them.
    "GET api/tickets/": Door(tells="{number}"),
    "GET api/tickets/ (searched)": Door(asks={"search": "{number}"}, tells=household.SUBJECT),
    "POST api/tickets/": Door(sends={"category": "Others", **EDITED_IN_API}),
    f"GET {API}comments/ (a note)": Door(tells=household.NOTE),
    f"POST {API}comments/": Door(sends={"comment": "Is it there?"}),
    f"POST {API}comments/ (a note)": Door(sends={"comment": "Not before Monday.", "is_internal": True}),
    f"POST {API}attachments/": Door(sends={"attachments": doors.A_FILE}),
    "GET api/attachments/<uuid:token>/download/ (of the request)": Door(row="file"),
    "GET api/attachments/<uuid:token>/download/ (of a note)": Door(row="note_file"),
    f"POST {API}edit/": Door(Status.NEW, sends=EDITED),
    **{f"POST {API}{verb}/": replace(door, sends=door.sends | IN_API.get(verb, {})) for verb, door in VERBS.items()},
}  # fmt: skip

#: Tables of System Admins → of which row.
OF_ADMINS = {
    "ticketcomment": {"a note": "note"},
    "ticketattachment": {"of a note": "note_file", "of the request": "file"},
    "historicalticket": {"a note": "note_event", "the submission": "submission"},
    "historicalticketcomment": {"a note": "note_record"},
    "historicalticketattachment": {"of a note": "note_file_record"},
    "ticketvisit": {"": "visit"},
    "workflowdelivery": {"": "delivery"},
    "workflowcallback": {"": "callback"},
    "workflowstanding": {"": "standing"},
    "workflownote": {"": "work_note"},
    "syncdrift": {"": "drift"},
}
for model, of_rows in OF_ADMINS.items():
    for which, row in of_rows.items():
        variant = f" ({which})" if which else ""
        one = f"GET admin/tickets/{model}/<path:object_id>/change/{variant}"
        DOORS[f"GET admin/tickets/{model}/{variant}"] = Door(row=row, tells=f"/admin/tickets/{model}/{{{row}}}/")
        DOORS[one] = Door(row=row)
DOORS["GET admin/tickets/stagedfile/<path:object_id>/change/"] = Door(row="staged")

EXPECTED = doors.read(TABLE)

#: Who is told of events, whichever ticket they are about; the pages have tests of their own.
WEBHOOK = "admin/notifications/webhooksubscription/"
ITS_VERBS = ("edit", "send-test", "rotate", "switch-on", "switch-off")
#: Whether calls go out to the workflow system at all.
BREAKER = ("workflowbreaker", "historicalworkflowbreaker")
#: Where there is something about tickets …
ABOUT_TICKETS = (
    "api/tickets/", "api/attachments/", "my/", "search/", "attachments/", "admin/tickets/", "admin/jobs/run",
    "admin/notifications/", "admin/search/",
)  # fmt: skip
#: … but nothing about one of them, or nothing at all for anybody (asserted below).
ELSEWHERE = {
    "my/profile/", "my/profile/security/", "my/profile/security/end-sessions/",
    "my/notifications/settings/", "search/solved/",
    "admin/notifications/noticepreference/", "admin/notifications/noticepreference/<path:object_id>/change/",
    "admin/notifications/messagetext/of/<slug:name>/",
    *(
        f"admin/notifications/{model}/{page}"
        for model in ("messagetext", "historicalmessagetext")
        for page in ("", "<path:object_id>/change/")
    ),
    WEBHOOK, f"{WEBHOOK}add/", *(f"{WEBHOOK}<int:pk>/{verb}/" for verb in ITS_VERBS),
    *(
        f"admin/notifications/{model}/<path:object_id>/{page}"
        for model in ("webhooksubscription", "historicalwebhooksubscription")
        for page in ("", "change/", "history/")
    ),
    "admin/notifications/historicalwebhooksubscription/",
    f"{SYNC}breaker/<int:pk>/reset/", f"{SYNC}compare/", f"{SYNC}<int:pk>/progress/", f"{SYNC}<path:object_id>/change/",
    "admin/tickets/syncreport/", "admin/tickets/syncreport/<path:object_id>/change/",
    "admin/tickets/ticketcategory/add/", "admin/tickets/ticketcategory/<path:object_id>/change/",
    "admin/tickets/ticketcategory/<path:object_id>/history/", "admin/tickets/ticketcategory/<path:object_id>/",
    *(
        f"admin/tickets/{model}/{page}"
        for model in ("historicalticketcategory", "historicalcategoryfield", *BREAKER)
        for page in ("", "<path:object_id>/", "<path:object_id>/change/", "<path:object_id>/history/")
    ),
}  # fmt: skip
#: Of what nobody adds or deletes there, or reads the record of by Django's own page.
CLOSED_ENDS = ("add/", "<path:object_id>/delete/", "<path:object_id>/history/", "<path:object_id>/")


def routes_about_tickets() -> set[str]:
    found = {route for route in doors.routes() if route.startswith(ABOUT_TICKETS) or route in {"", "admin/"}}
    return found - ELSEWHERE


def closed_routes() -> list[str]:
    open_ones = {doors.route_of(label) for label in EXPECTED}
    return sorted(route for route in routes_about_tickets() - open_ones if route.endswith(CLOSED_ENDS))


@pytest.fixture
def houses(settings: Any, tmp_path: Path) -> Any:
    """The house in a state, for somebody: it is made once and left as it was."""
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}
    everybody, made = household.everybody(), {}

    def house(column: str, state: str) -> household.House:
        asked_by = everybody["own admin" if column == "own admin" else "requester"]
        assert asked_by
        if state not in made:
            made[state] = household.House(everybody, asked_by, state)
        return made[state]

    return house


def test_no_door_to_a_ticket_is_without_its_row() -> None:
    known = {doors.route_of(label) for label in EXPECTED} | set(closed_routes())
    assert sorted(routes_about_tickets() - known) == []
    assert sorted(known - set(doors.routes())) == [], "rows of doors that there are no more"
    assert set(DOORS) - set(EXPECTED) == set()


def test_the_table_asks_everybody_and_has_only_words_that_it_explains() -> None:
    for label, cells in EXPECTED.items():
        assert list(cells) == COLUMNS, label
        assert set(cells.values()) <= WORDS, label
    for column in ("colleague", "of another", "of none", "clerk", "editor", "suspended", "pending", "nobody"):
        assert not {label for label, cells in EXPECTED.items() if cells[column] == "has"}, column


@pytest.mark.parametrize("column", COLUMNS)
def test_everybody_is_answered_as_the_table_says_at_every_door(houses: Any, column: str) -> None:
    house = houses(column, Status.IN_PROGRESS)
    client = household.window_of(column, house.people[column])
    wrong = []
    for label, cells in EXPECTED.items():
        door = DOORS.get(label, Door())
        wrong += differences(client, label, door, houses(column, door.state), column, cells[column])
    assert wrong == [], "\n".join(wrong)


#: Who knows of nothing here. The requester knows of the ticket, and of nothing that its staff say between them.
OUTSIDE = {"colleague", "of another", "of none", "clerk", "editor", "suspended", "pending", "nobody"}


def differences(client: Any, label: str, door: Door, house: Any, column: str, expected: str) -> list[str]:
    answer = doors.knock(client, label, door, house)
    found = []
    if answer.word != expected:
        found.append(f"{label} × {column}: expected {expected}, is {answer.word}")
    hidden = {"403", "404"} if column in OUTSIDE else {"404"}
    if expected in hidden and not doors.alike(answer, doors.knock(client, label, door, house, missing=True)):
        found.append(f"{label} × {column}: unlike what does not exist")
    body = answer.body.decode(errors="replace")
    if column in OUTSIDE and household.OF_THE_TICKET.search(body):
        found.append(f"{label} × {column}: says what is in the ticket")
    if column in OUTSIDE | {"requester", "own admin"} and household.SECRET.search(body):
        found.append(f"{label} × {column}: says what only staff may know")
    return found


@pytest.mark.parametrize("column", COLUMNS)
def test_nothing_is_added_deleted_or_edited_past_the_verbs(houses: Any, column: str) -> None:
    house = houses(column, Status.IN_PROGRESS)
    client = household.window_of(column, house.people[column])
    closed = closed_routes()
    assert len(closed) > 20
    for route in closed:
        for method in ("GET", "POST"):
            sends = {"post": "yes", "subject": "Mine now", "comment": "Mine now", "status": "Closed"}
            answer = doors.knock(client, f"{method} {route}", Door(sends=sends), house)
            # Short addresses lead on to the page; Django's own page of a record is empty, and there to be looked at.
            more = {"back", "page"} if route.endswith("/history/") else {"back"} if route.endswith("id>/") else set()
            assert answer.word in {"in", "403", "404"} | more, (method, route, answer.word)


def test_a_wrong_cell_would_be_noticed(houses: Any) -> None:
    house = houses("requester", Status.IN_PROGRESS)
    client = household.window_of("requester", house.people["requester"])
    label = "GET my/tickets/<str:ticket_number>/"
    assert differences(client, label, Door(), house, "requester", "404")[0].endswith("expected 404, is page")
    assert differences(client, label, Door(), house, "requester", "page") == []
    assert differences(client, label, Door(), house, "colleague", "page")[0].endswith("says what is in the ticket")
