"""What people do again and again, in a browser and with their mail."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from playwright.sync_api import Locator, Page

from jobs import leases
from notifications.models import EmailNotification
from people.models import Employee
from tests.people.verbs import PASSWORD


def deliver() -> list[EmailMessage]:
    """Send what waits, as the worker does after each commit; answers the mails that went out by it."""
    before = len(mail.outbox)
    leases.drain(EmailNotification)
    unsent = EmailNotification.objects.filter(failures__gt=0)
    assert [(row.message, row.last_error) for row in unsent] == []
    return mail.outbox[before:]


def mail_to(address: str, *, about: str) -> EmailMessage:
    """The one mail to an address among those that go out now whose subject speaks of this."""
    found = [each for each in deliver() if each.to == [address] and about.lower() in each.subject.lower()]
    assert len(found) == 1, [(each.to, each.subject) for each in mail.outbox]
    return found[0]


def path_in(message: EmailMessage, containing: str = "/") -> str:
    """The path of the link in a mail; it leads to the site, and stands in the text as in the HTML."""
    from django.conf import settings

    links = [link for link in re.findall(r"https?://\S+", message.body) if containing in link]
    assert len(set(links)) == 1, message.body
    assert links[0].startswith(settings.SITE_URL + "/")
    assert links[0] in message.alternatives[0][0]
    return urlsplit(links[0]).path


def heading(page: Page, words: str) -> Locator:
    return page.get_by_role("heading", level=1, name=words)


def sign_in(page: Page, email: str, password: str = PASSWORD, *, here: bool = False) -> None:
    """By the page. `here`: on the one that is open, which knows where one wanted to go."""
    if not here:
        page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def lend_session(page: Page, client: Client, site: str) -> None:
    """The window goes on where a client without pages is."""
    if "smartsupport_session" in client.cookies:
        cookie = client.cookies["smartsupport_session"].value
        page.context.add_cookies([{"name": "smartsupport_session", "value": cookie, "url": site}])


def come_in(page: Page, person: Employee, site: str) -> None:
    """Signed in without the sign-in page, for tests of what lies behind it."""
    client = Client()
    client.force_login(person)
    lend_session(page, client, site)


def open_menu(page: Page) -> Locator:
    """The menu of who is signed in."""
    menu = page.get_by_role("navigation", name="Main")
    menu.locator("summary").click()
    return menu


def sign_out(page: Page) -> None:
    open_menu(page).get_by_role("button", name="Sign out").click()
