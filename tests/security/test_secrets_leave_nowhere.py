"""A canary in every secret setting, in an internal note and in what somebody else asked for: whatever goes out of the
house is searched for them – calls to the workflow system, webhooks, mails, answers of the API, error pages (also those
of DEBUG), log lines, the doctor. The one place for one of them is the head that proves to the workflow system who we
are.

What people type (passwords, links, codes) is looked for in test_secrets_stay_secret.py; pages in
test_notes_stay_inside.py; what one may see over the API in tests/api/test_canaries.py.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from backoffice.env import SETTINGS
from jobs import leases
from notifications.models import EmailNotification, WebhookDelivery
from notifications.webhooks import kinds
from people.models import Employee
from tests.api.program import Program
from tests.api.test_canaries import everything
from tests.backoffice.conftest import House as Installation
from tests.backoffice.conftest import house as installation
from tests.factories import files
from tests.notifications import webhooks
from tests.notifications.receiver import Receiver
from tests.security.test_secrets_stay_secret import log
from tests.tickets.conftest import House, house
from tests.tickets.workflow.conftest import message
from tests.tickets.workflow.remote import Call, Remote
from tickets import conversation, lifecycle
from tickets.models import Ticket, WorkflowDelivery

__all__ = ["house", "installation", "log"]

#: Nothing listens there.
NOBODY = "127.0.0.1:1"
CALLBACK_KEY = base64.b64encode(b"canary-of-callbacks-0123456789").decode()
#: Secret setting → (its value, what of it must not be seen).
CANARIES: dict[str, tuple[str, list[str]]] = {
    "SECRET_KEY": ("canary-key-0123456789-abcdefghijklmnopqrstuvwxyz", ["canary-key-0123456789"]),
    "DATABASE_URL": (f"postgres://keeper:canary-database@{NOBODY}/house", ["canary-database"]),
    "REDIS_URL": (f"redis://:canary-redis@{NOBODY}/0", ["canary-redis"]),
    "CACHE_URL": (f"redis://:canary-cache@{NOBODY}/1", ["canary-cache"]),
    "EMAIL_URL": (f"smtp://keeper:canary%2Dmail%26x@{NOBODY}", ["canary-mail", "canary%2Dmail"]),
    "GMAIL_CLIENT_SECRET": ("canary-gmail-secret", ["canary-gmail-secret"]),
    "GMAIL_REFRESH_TOKEN": ("canary-gmail-token", ["canary-gmail-token"]),
    "STORAGE_URL": (f"s3://canary-bucket-id:canary-bucket-key@files/x?region=r&endpoint=http://{NOBODY}",
                    ["canary-bucket-id", "canary-bucket-key"]),
    "SENTRY_DSN": (f"https://canary-sentry@{NOBODY}/1", ["canary-sentry"]),
    "EXTERNAL_WORKFLOW_API_KEY": ("canary-workflow", ["canary-workflow"]),
    "WORKFLOW_CALLBACK_SECRETS": (f"whsec_{CALLBACK_KEY}", [CALLBACK_KEY, "canary-of-callbacks"]),
    "METRICS_TOKEN": ("canary-metrics-0123456789", ["canary-metrics"]),
    "OPENROUTER_API_KEY": ("canary-openrouter", ["canary-openrouter"]),
}  # fmt: skip
NOTE, OTHERS = "canarywren", "canaryfinch"


def seen_in(text: str, words: Any = None) -> list[str]:
    """Those of the canaries that stand in it."""
    words = words or [word for _value, parts in CANARIES.values() for word in parts]
    return [word for word in words if word in text]


def test_every_secret_setting_has_a_canary() -> None:
    assert set(CANARIES) == {setting.name for setting in SETTINGS if setting.secret}
    assert all(parts and seen_in(value, parts) for value, parts in CANARIES.values())


# An installation of which nothing answers: what it says about that


#: Asks for pages and breaks some; with the heads and bodies of what it got on its output.
PAGES = """
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
for debug in (False, True):
    settings.DEBUG = debug
    client = Client(raise_request_exception=False)
    for address in ("/", "/accounts/login/", "/admin/", "/nowhere/", "/files/x/", "/healthz", "/readyz", "/search/?q=x",
                    "/api/nowhere/", "/api/schema/", "/api/docs/", "/api/tickets/", "/api/categories/"):
        for head in ({}, {"accept": "application/json"}, {"authorization": "Bearer ssk_aaaaaaaa_" + "A" * 43}):
            answer = client.get(address, headers=head)
            print(debug, address, answer.status_code, answer.headers, b"".join(answer).decode())
    signs_in = {"email": "a@b.de", "password": "x"}
    for address, body in (("/api/token/employee/", signs_in), ("/api/workflow/callbacks/", {})):
        answer = client.post(address, body, content_type="application/json")
        print(debug, address, answer.status_code, answer.headers, answer.content.decode())
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_that_breaks_says_a_secret(installation: Installation, form: str) -> None:
    installation.give(**{name: value for name, (value, _parts) in CANARIES.items()})
    installation.give(EXTERNAL_WORKFLOW_API_URL=f"http://{NOBODY}/", LOG_FORMAT=form, LOG_LEVEL="DEBUG")
    doctor = installation.manage("doctor")
    assert doctor.returncode == 1
    assert "check DATABASE_URL" in doctor.stdout
    assert seen_in(doctor.stdout + doctor.stderr) == []
    pages = installation.manage("shell", "--no-imports", "-c", PAGES)
    assert pages.returncode == 0, pages.stderr
    assert "False / 503" in pages.stdout
    # Django's page with details: of settings, of the frames, and what raised.
    for words in ("True / 500", "Using settings module", "Traceback", "OperationalError", "EMAIL_HOST_PASSWORD"):
        assert words in pages.stdout, words
    said = [line for line in (pages.stdout + pages.stderr).splitlines() if seen_in(line)]
    assert said == []


def test_a_secret_that_can_not_be_read_is_not_said_either(installation: Installation) -> None:
    installation.give(SECRET_KEY="canary", METRICS_TOKEN="canary")
    for name, value in (("DATABASE_URL", "mysql://x:canary@h/x"), ("WORKFLOW_CALLBACK_SECRETS", "canary")):
        installation.give(**{name: value})
        done = installation.manage("check")
        assert done.returncode != 0
        assert "canary" not in done.stdout + done.stderr


# A house in which all goes well


def grown(house: House) -> tuple[Ticket, Ticket]:
    """Ana's ticket with a note on it, and Eve's; both are lively."""
    hers = lifecycle.submit(
        by=house.eve, category=house.category(), subject=f"Food for {OTHERS}", description=f"The {OTHERS} is hungry.",
        files=[files.staged(house.eve, f"{OTHERS}.txt")],
    )  # fmt: skip
    ticket = house.open(files=[files.staged(house.ana, "plan.txt")])
    lifecycle.approve(hers, by=house.dora, priority="Medium", department=house.it)
    note = [files.staged(house.bea, f"{NOTE}.txt")]
    conversation.comment(ticket, by=house.bea, comment=f"A {NOTE} sits.", is_internal=True, files=note)
    lifecycle.claim(ticket, by=house.bea)
    conversation.comment(hers, by=house.eve, comment=f"And the {OTHERS}?")
    lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason=f"For the {NOTE}.")
    conversation.comment(ticket, by=house.ana, comment="Any news?")
    lifecycle.resolve(ticket, by=house.bea, resolution="A new one.")
    lifecycle.reopen(ticket, by=house.ana, reason="Not yet.")
    lifecycle.withdraw(ticket, by=house.ana)
    return ticket, hers


@pytest.fixture
def secrets(settings: Any) -> None:
    """In the settings as they are when it runs."""
    settings.SECRET_KEY = CANARIES["SECRET_KEY"][0]
    settings.EMAIL_HOST_PASSWORD = "canary-mail"
    settings.WORKFLOW_CALLBACK_SECRETS = [CANARIES["WORKFLOW_CALLBACK_SECRETS"][0]]
    for name in ("GMAIL_CLIENT_SECRET", "GMAIL_REFRESH_TOKEN", "SENTRY_DSN", "METRICS_TOKEN", "OPENROUTER_API_KEY"):
        setattr(settings, name, CANARIES[name][0])
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.fixture
def remote(settings: Any) -> Any:
    remote = Remote()
    settings.EXTERNAL_WORKFLOW_API_URL = remote.url
    settings.EXTERNAL_WORKFLOW_API_KEY = CANARIES["EXTERNAL_WORKFLOW_API_KEY"][0]
    yield remote
    remote.close()


def without_proof(call: Call) -> dict[str, str]:
    return {name: value for name, value in call.headers.items() if name != "authorization"}


def mails_of(person: Employee) -> str:
    sent = [each for each in mail.outbox if person.email in each.recipients()]
    assert sent, person
    return "\n".join(each.message().as_bytes().decode() + each.body + str(each.alternatives) for each in sent)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("secrets")
def test_what_goes_out_tells_no_secret_no_note_and_nothing_of_others(
    house: House, remote: Remote, log: Any, settings: Any, tmp_path: Any
) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}
    with Receiver() as receiver:
        _hook, signing_secret = webhooks.made(receiver.url, *kinds.registered())
        ticket, hers = grown(house)
        for model in (EmailNotification, WorkflowDelivery, WebhookDelivery):
            leases.drain(model)
        told_hook = [f"{path} {headers} {body.decode()}" for _method, path, headers, body in receiver.heard]
    # To the workflow system, and it has the key in one head
    assert {call.headers["authorization"] for call in remote.calls} == {"Bearer canary-workflow"}
    told = {call.key: f"{call.path} {without_proof(call)} {call.raw.decode()}" for call in remote.calls}
    assert len(told) > 4
    assert [each for each in told.values() if seen_in(each) or NOTE in each] == []
    about_hers = [call for call in remote.calls if call.body["ticket_id"] == hers.ticket_number]
    assert {call.key for call in about_hers} == {key for key, each in told.items() if OTHERS in each}
    # To webhooks
    assert len(told_hook) > 8
    assert [each for each in told_hook if seen_in(each) or seen_in(each, [NOTE, signing_secret, "is hungry"])] == []
    # The subject is told with the ticket, and with no other.
    assert all((OTHERS in each) == (hers.ticket_number in each) for each in told_hook)
    # By mail: with all heads
    for person in (house.ana, house.bea, house.dora, house.eve):
        assert seen_in(mails_of(person)) == []
    assert seen_in(mails_of(house.ana), [NOTE, OTHERS]) == []
    assert NOTE not in mails_of(house.eve)
    assert OTHERS in mails_of(house.eve), "the search finds what is there"
    # Over the API
    for person in (house.ana, house.eve, house.dora):
        said = json.dumps(everything(Program(person), [ticket, hers]))
        assert seen_in(said) == []
        # What was searched for stands in the addresses.
        assert (f"A {NOTE} sits" in said) == (person == house.dora)
        assert (f"Food for {OTHERS}" in said) == (person != house.ana)
    # Into the log
    assert "Not Found" in log.getvalue()
    assert seen_in(log.getvalue()) == seen_in(log.getvalue(), [NOTE, OTHERS]) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("debug", [False, True])
def test_a_page_that_breaks_tells_neither_a_secret_nor_a_note(
    house: House, remote: Remote, settings: Any, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    settings.DEBUG = debug
    settings.SECRET_TEXTS = [settings.SECRET_KEY, *[word for _value, parts in CANARIES.values() for word in parts]]
    ticket, _hers = grown(house)
    client = Client(raise_request_exception=False)
    client.force_login(house.ana)
    Ticket.objects.filter(pk=ticket.pk).update(dynamic_data=["no object, which no door would write"])
    page = client.get(f"/my/tickets/{ticket.ticket_number}/")
    assert page.status_code == 500
    assert ("Using settings module" in page.content.decode()) == debug
    assert seen_in(page.content.decode(), [NOTE, OTHERS]) == seen_in(page.content.decode()) == []
    answer = client.post("/api/workflow/callbacks/", message(ticket), content_type="application/json")
    assert answer.status_code == 401
    assert seen_in(answer.content.decode()) == []
