"""A crawl by GET, HEAD and OPTIONS: every address there is and every link on the pages behind. All tables stay as they
were, and nothing breaks. Programs that look at mails follow links, browsers fetch ahead, and crawlers have no manners.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse

from jobs import bulk, leases
from jobs.models import Run
from notifications.models import EmailNotification
from notifications.webhook_models import WebhookDelivery
from notifications.webhooks import subscriptions
from people import api_keys, lifecycle, links
from people.bulk import PEOPLE
from people.enums import Status
from people.models import Employee
from tests.factories import files, people
from tests.helpcenter import articles
from tests.jobs.spreadsheets import walking
from tests.people.verbs import PASSWORD
from tests.security.test_urls_closed import EXAMPLES, ROUTES
from tests.tickets.conftest import house  # noqa: F401 - a fixture
from tickets import conversation
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: A look is on the record, and a session may begin with it; whoever has read a ticket has.
MAY_CHANGE = {"sessions.session", "audit.auditevent", "tickets.ticketvisit", "helpcenter.articleviewcount"}
#: What was looked for is counted, without saying by whom.
MAY_CHANGE |= {"helpcenter.searchcount"}
#: What Wagtail notes of editors themselves: who has a page open right now, and how their editor looks.
MAY_CHANGE |= {"wagtailadmin.editingsession", "wagtailcore.pagesubscription", "wagtailusers.userprofile"}
#: When somebody was last here or read a notice, and how often a file was fetched.
COUNTERS = {"last_login", "download_count", "last_accessed", "read_at"}
LINK = re.compile(r"""(?<![\w:.-])(?:href|src|action|data-fragment|data-run)=(?:"([^"]*)"|'([^']*)')""")
#: An end, should pages ever link to ever new ones.
MOST = 1_500


def tables() -> dict[str, list[tuple]]:
    """Every row of every table as it lies in the database, but what a look may count."""
    found = {}
    with connection.cursor() as cursor:
        for label, statement in _statements(connection.vendor).items():
            cursor.execute(statement)
            found[label] = cursor.fetchall()
    return found


@functools.cache
def _statements(vendor: str) -> dict[str, str]:
    """Made once: to put them together takes longer than to ask them, and hundreds of tests do."""
    found, quoted = {}, connection.ops.quote_name
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.label_lower not in MAY_CHANGE and meta.managed and not meta.proxy:
            columns = ", ".join(quoted(each.column) for each in meta.local_concrete_fields if each.name not in COUNTERS)
            found[meta.label_lower] = f"SELECT {columns} FROM {quoted(meta.db_table)} ORDER BY {quoted(meta.pk.column)}"  # noqa: S608 - names
    return found


def changed(before: dict[str, list[tuple]]) -> list[str]:
    after = tables()
    return [label for label in before if before[label] != after[label]]


def kind_of(address: str) -> str:
    """Numbers and values left out: of a hundred rows, and of a filter's hundred values, one is enough."""
    parts = urlsplit(address)
    path = re.sub(r"\d+", "0", parts.path)
    asked = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    # Each filter of each list leads to an export, too; of those the words are enough.
    return f"{path}?{sorted(asked & {'q'} if path.startswith('/admin/jobs/export/new/') else asked)}"


def leads_on(link: str, address: str) -> bool:
    """Not one filter more on a list that is filtered already: all of them together have no end."""
    here, there = urlsplit(address), urlsplit(link)
    return there.netloc in {"", "testserver"} and not (here.query and there.query and here.path == there.path)


def links_on(page: str, address: str) -> Iterator[str]:
    for double, single in LINK.findall(page):
        parts = urlsplit(urljoin(address, unescape(double or single)))
        if not parts.netloc and parts.scheme in {"", "http"} and not parts.path.startswith("/static/"):
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def let_go(answer: Any) -> None:
    """Of a file, read or not. (`close()` would end the request, and with it the database of the test.)"""
    for close in answer._resource_closers:
        close()


def crawl(client: Client, start: list[str], *, by_get_alone: bool = False) -> dict[str, int]:
    """Address → what it answered to GET; HEAD and OPTIONS are tried as well, unless `by_get_alone`."""
    seen: dict[str, int] = {}
    waiting = deque(dict.fromkeys(start))
    kinds = {kind_of(address) for address in waiting if "nothing" not in address and EXAMPLES["int"] not in address}
    while waiting and len(seen) < MOST:
        address = waiting.popleft()
        answer = client.get(address)
        seen[address] = answer.status_code
        assert answer.status_code < 500, address
        if "?" not in address and not by_get_alone:
            for look in (client.head, client.options):
                other = look(address)
                let_go(other)
                assert other.status_code < 500, address
        let_go(answer)
        found = [answer.url] if answer.status_code in {301, 302} else []
        if "html" in answer.headers.get("Content-Type", "") and not answer.streaming:
            found += links_on(answer.content.decode(), address)
        for link in found:
            if leads_on(link, address) and link not in seen and kind_of(link) not in kinds:
                kinds.add(kind_of(link))
                waiting.append(link)
    return seen


def pages_of_the_back_office() -> list[str]:
    """Of each table its list, its form to add, and the pages of its first row."""
    found = []
    for model in admin.site._registry:
        meta = model._meta
        name = f"admin:{meta.app_label}_{meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        first = model._base_manager.order_by("pk").first()
        if first is not None:
            found += [reverse(f"{name}_{page}", args=[first.pk]) for page in ("change", "delete", "history")]
    return found


def of_each_ticket() -> list[str]:
    """In each state there is something else to do."""
    found = []
    for key, number in Ticket.objects.order_by("pk").values_list("pk", "ticket_number"):
        found += [f"/my/tickets/{number}/", f"/my/tickets/{number}/submitted/", f"/admin/tickets/ticket/{key}/change/"]
    return found


@pytest.fixture
def full_house(house):  # noqa: F811
    """People in every state, with their mails, runs and tickets. Answers the admin."""
    boss = people.admin(email="boss@example.com", raw_password=PASSWORD)
    for verified in (True, False):
        people.person(Status.PENDING, verified=verified)
    refused = people.person(Status.PENDING)
    lifecycle.reject(refused, by=boss, reason="Nobody here knows you.")
    lifecycle.suspend(people.person(), by=boss, reason="Left.")
    verb = PEOPLE.verb("approve")
    assert verb
    waiting = Employee.objects.filter(status=Status.PENDING).values_list("pk", flat=True)
    bulk.start(PEOPLE, verb, list(waiting), by=boss, values={})
    walking.checked_by(boss)
    ticket = house.in_progress()
    conversation.comment(ticket, by=house.bea, comment="See there.", files=[files.staged(house.bea)])
    for state in (house.new, house.resolved, house.closed):
        state()
    api_keys.make(by=boss, name="Backups", person=boss, scopes=["read"])
    webhook, _secret = subscriptions.make(by=boss, name="Chat", url="https://8.8.8.8/", events=["ticket.approved"])
    subscriptions.send_test(webhook, by=boss)
    leases.call_off(WebhookDelivery.objects.all(), error="It was called off.")  # what is over can be sent again
    articles.article("Laptops that do not start", "<p>Hold the button.</p>", above=articles.topic("Laptops"))
    return boss


#: Who → pages that they must have come to.
WAS_THERE = {
    "an admin": (
        "/approve/", "/suspend/", "/plan/", "/progress/", "/my/profile/security/", "?tab=all", "/transfer/",
        "/cms/pages/", "/attachments/", "/laptops/", "/admin/tickets/ticketcategory/", "/history/", "/revoke/",
        "/rotate/", "/send-again/", "/check/", "/columns/", "/refused/csv/", "/export/new/people/",
    ),
    "a Help Center Editor": ("/cms/pages/", "/laptops/laptops-that-do-not-start/"),
    "who asked": ("/my/tickets/TX", "/withdraw/", "/edit/", "/reopen/", "/attachments/", "/submitted/", "/search/"),
    "who works on it": ("/admin/tickets/ticket/", "/resolve/", "/hold/", "/transfer/", "/attachments/"),
}  # fmt: skip
#: Where there is something to find, besides the links.
TO_FIND = ["/search/?q=laptop", "/search/suggest/?q=laptop", "/my/tickets/?q=laptop", "/my/tickets/?tab=all"]


@pytest.mark.parametrize(
    "who",
    [
        "an admin", "a coordinator", "a Data Clerk", "a Help Center Editor", "an employee", "who asked",
        "who works on it", "a stranger",
    ],
)  # fmt: skip
def test_whoever_only_looks_changes_nothing(client: Client, full_house: Employee, who: str, settings: Any) -> None:
    person = {
        "an admin": lambda: full_house,
        "a coordinator": people.coordinator,
        "a Data Clerk": people.clerk,
        "a Help Center Editor": lambda: people.person(is_help_center_editor=True),
        "an employee": people.person,
        "who asked": lambda: Employee.objects.get(email="ana@example.com"),
        "who works on it": lambda: Employee.objects.get(email="bea@example.com"),
        "a stranger": lambda: None,
    }[who]()
    if person is not None:
        client.force_login(person)
    if who == "an admin":
        # Pages that ask for the password again are looked at too.
        settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400  # longer than the slowest crawl
        assert client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD}).status_code == 302
    before = tables()
    assert len(before) > 25
    # Of the back office others than the admin are given what they can find.
    routes = [route for route in ROUTES if who == "an admin" or not route.startswith("admin/")]
    run = Run.objects.get(kind=PEOPLE.kind).pk  # an import's own pages are elsewhere
    of_run = [reverse(f"admin:jobs_run_{page}", args=[run]) for page in ("plan", "progress")]
    start = [*(f"/{route}" for route in routes), *of_run, *pages_of_the_back_office(), *TO_FIND, *of_each_ticket()]
    # The other looks differ by address, not by person: that the admin and who asked have them is enough.
    seen = crawl(client, start, by_get_alone=who not in {"an admin", "who asked", "a stranger"})
    assert changed(before) == []
    assert len(seen) < MOST, "there is no end to the addresses"
    found = [address for address, status in seen.items() if status == 200]
    # That it did go somewhere:
    assert len(found) > {"an admin": 180, "a coordinator": 45, "a Data Clerk": 30}.get(who, 5), sorted(found)
    for page in WAS_THERE.get(who, ()):
        assert any(page in address for address in found), page


def test_whoever_only_looks_at_a_link_in_a_mail_changes_nothing(client: Client) -> None:
    """Mail servers open links before people do."""
    applicant = people.person(Status.PENDING, verified=False)
    opened = {
        links.prove_address(applicant.emailaddress_set.get()): 200,
        links.set_password(people.person()): 200,
        links.apply_again(people.person(Status.REJECTED)): 200,
    }
    before = tables()
    for address, status in opened.items():
        for look in (client.get, client.head, client.options):
            assert look(address, follow=True).status_code in {status, 405}
        assert client.get(address, follow=True).status_code == status
    assert changed(before) == []
    assert EmailNotification.objects.count() == 0


def test_a_changed_row_would_be_noticed(full_house: Employee) -> None:
    before = tables()
    assert changed(before) == []
    Employee.objects.filter(pk=full_house.pk).update(first_name="Eve")
    assert changed(before) == ["people.employee"]
