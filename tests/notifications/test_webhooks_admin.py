"""The pages of webhooks: made and tested by System Admins, the secret seen once, the log for who may know of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.actors import SYSTEM
from jobs import leases
from notifications.models import WebhookDelivery, WebhookSubscription
from notifications.webhooks import badges, kinds, log, subscriptions
from people.models import Employee
from tests.factories import people
from tests.factories.tickets import ticket
from tests.notifications.receiver import Receiver
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db

LIST, LOG = "/admin/notifications/webhooksubscription/", "/admin/notifications/webhookdelivery/"
ADD = f"{LIST}add/"
VERBS = ["edit", "send-test", "rotate", "switch-on", "switch-off"]


@pytest.fixture(autouse=True)
def _allowed(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.fixture
def admin(client: Client) -> Employee:
    person = people.admin()
    client.force_login(person)
    return person


@pytest.fixture
def webhook(receiver: Receiver) -> WebhookSubscription:
    return subscriptions.make(by=SYSTEM, name="Chat", url=receiver.url, events=list(kinds.registered()))[0]


def given(url: str, **more: Any) -> dict[str, Any]:
    return {"name": "Chat", "url": url, "events": ["ticket.approved"], "once": "b" * 32, **more}


def secrets_in(answer: Any) -> list[str]:
    return re.findall(r"whsec_[A-Za-z0-9+/]{43}=", answer.content.decode())


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def test_the_secret_stands_in_the_answer_and_on_no_page_after_it(admin, client, receiver):
    assert "Make a webhook" in client.get(ADD).text
    answer = client.post(ADD, given(receiver.url))
    [secret] = secrets_in(answer)
    assert "no-store" in answer["Cache-Control"]
    webhook = WebhookSubscription.objects.get()
    subscriptions.send_test(webhook, by=admin)
    leases.drain(WebhookDelivery)
    page, delivery = f"{LIST}{webhook.pk}", f"{LOG}{WebhookDelivery.objects.get().pk}"
    addresses = [LIST, f"{page}/change/", f"{page}/history/", *[f"{page}/{verb}/" for verb in VERBS], LOG,
                 f"{delivery}/change/", "/admin/audit/auditevent/"]  # fmt: skip
    for address in addresses:
        shown = client.get(address, follow=True)
        assert shown.status_code == 200, address
        assert secret.removeprefix("whsec_") not in shown.text, address
        assert webhook.secret not in shown.text, address
    assert secret.removeprefix("whsec_") not in str(dict(client.session.items()))


def test_what_hands_out_a_secret_or_leads_calls_elsewhere_asks_for_the_password_once_more(client, webhook, receiver):
    client.force_login(people.admin(raw_password=PASSWORD))
    kept = (fresh(webhook).secret, webhook.url)
    values = given(receiver.url, name="Elsewhere", read_version="1")
    for page in (ADD, f"{LIST}{webhook.pk}/edit/", f"{LIST}{webhook.pk}/rotate/"):
        asks = f"/accounts/reauthenticate/?next={page.replace('/', '%2F')}"
        for answer in (client.get(page), client.post(page, values)):
            assert (answer.status_code, answer.url) == (302, asks)
            assert secrets_in(answer) == []
    now = fresh(webhook)
    assert ((now.secret, now.url), now.version, WebhookSubscription.objects.count()) == (kept, 1, 1)
    # What needs no proof is not asked for one: somebody must be able to stop it at once.
    assert client.get(f"{LIST}{webhook.pk}/switch-off/").status_code == 200
    # What was sent last is done now: nothing has to be typed again.
    done = client.post(asks, {"password": PASSWORD, "next": f"{LIST}{webhook.pk}/rotate/"})
    assert len(secrets_in(done)) == 1
    assert client.get(ADD).status_code == 200


def test_sending_the_form_again_makes_no_other_and_shows_no_secret(admin, client, receiver):
    assert secrets_in(client.post(ADD, given(receiver.url)))
    again = client.post(ADD, given(receiver.url), follow=True)
    assert secrets_in(again) == []
    assert WebhookSubscription.objects.count() == 1


def test_an_inner_address_is_refused_at_its_field(admin, client, settings):
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    answer = client.post(ADD, given("http://169.254.169.254/latest/meta-data/", events=[]))
    assert answer.status_code == 422
    for said in ("This leads into an inner network.", "Choose what it is told of."):
        assert said in answer.text
    assert not WebhookSubscription.objects.exists()


def test_editing_begins_with_what_is_there_and_the_second_of_two_is_told(admin, client, webhook):
    page = f"{LIST}{webhook.pk}/edit/"
    shown = client.get(page).text
    assert webhook.url in shown
    assert shown.count("checked") == len(webhook.events)
    values = given(webhook.url, name="News", read_version="1")
    assert "Changed." in client.post(page, values, follow=True).text
    assert (fresh(webhook).name, fresh(webhook).events) == ("News", ["ticket.approved"])
    late = client.post(page, {**values, "name": "Late"}, follow=True)
    assert "Somebody else has changed this" in late.text
    assert fresh(webhook).name == "News"


def test_a_new_secret_is_shown_once_and_a_reload_makes_none(admin, client, webhook):
    page = f"{LIST}{webhook.pk}/rotate/"
    assert secrets_in(client.get(page)) == []
    answer = client.post(page, {"read_version": "1"})
    assert len(secrets_in(answer)) == 1
    kept = fresh(webhook).secret
    again = client.post(page, {"read_version": "1"}, follow=True)
    assert secrets_in(again) == []
    assert "shown once" in again.text
    client.post(page, {})  # a program that has read nothing
    assert fresh(webhook).secret == kept


def test_a_test_shows_on_its_page_what_was_answered(admin, client, webhook, receiver):
    receiver.answers = [(418, {}, b"<i>a teapot</i>")]
    page = client.post(f"{LIST}{webhook.pk}/send-test/", {"next": "/admin/"}, follow=True)
    row = WebhookDelivery.objects.get()
    assert page.request["PATH_INFO"] == f"{LOG}{row.pk}/change/"
    assert "It is on its way" in page.text
    assert client.get(f"{LOG}{row.pk}/progress/").json()["finished"] is False
    leases.drain(WebhookDelivery)
    assert client.get(f"{LOG}{row.pk}/progress/").json()["finished"] is True
    shown = client.get(f"{LOG}{row.pk}/change/").text
    for words in ("It did not arrive", "It answered 418.", "HTTP 418", "&lt;i&gt;a teapot&lt;/i&gt;", row.webhook_id):
        assert words in shown


def test_send_again_asks_first(admin, client, webhook):
    row = subscriptions.send_test(webhook, by=SYSTEM)
    leases.drain(WebhookDelivery)
    page = f"{LOG}{row.pk}/send-again/"
    assert client.get(page).status_code == 200
    assert fresh(row).status == "done"
    assert "It is on its way again." in client.post(page, follow=True).text
    assert fresh(row).status == "pending"
    assert "waiting to be sent already" in client.post(page, follow=True).text


def test_the_list_names_the_server_and_keeps_the_rest_of_the_address_to_the_page(admin, client, webhook):
    """With some services the path is their password."""
    listed = client.get(LIST).text
    assert f"127.0.0.1:{webhook.url.split(':')[-1].split('/')[0]}" in listed
    assert webhook.url not in listed
    assert webhook.url in client.get(f"{LIST}{webhook.pk}/change/").text


def test_switching_off_and_on_by_the_page(admin, client, webhook):
    page = f"{LIST}{webhook.pk}"
    shown = client.get(f"{page}/change/").text
    assert (f"{page}/switch-off/" in shown, f"{page}/switch-on/" in shown) == (True, False)
    client.post(f"{page}/switch-off/", {})
    assert not fresh(webhook).is_active
    client.post(f"{page}/switch-on/", {})
    assert fresh(webhook).is_active


@pytest.mark.parametrize("who", ["employee", "coordinator", "clerk", "nobody"])
def test_nobody_but_a_system_admin_sees_or_does_anything(webhook, who):
    row = subscriptions.send_test(webhook, by=SYSTEM)
    client = Client()
    if who != "nobody":
        make = {"coordinator": lambda: people.coordinator(people.department()), "clerk": people.clerk}
        client.force_login(make.get(who, people.person)())
    of_one = [f"{LIST}{webhook.pk}/{verb}/" for verb in ("change", "history", *VERBS)]
    of_log = [f"{LOG}{row.pk}/{page}/" for page in ("change", "send-again", "progress")]
    for address in (LIST, ADD, LOG, *of_one, *of_log, "/admin/notifications/historicalwebhooksubscription/"):
        for answer in (client.get(address), client.post(address, given(webhook.url, read_version="1"))):
            assert answer.status_code in {302, 403, 405}, address
            assert b"Chat" not in answer.content
    assert (fresh(webhook).version, WebhookSubscription.objects.count(), WebhookDelivery.objects.count()) == (1, 1, 1)
    assert LIST not in client.get("/admin/", follow=True).text


def test_an_admin_finds_nothing_in_the_log_about_a_ticket_they_asked_for_themselves(admin, client, webhook):
    own, others = ticket("New", requester=admin), ticket("New")
    rows = {row.about_id: row for row in WebhookDelivery.objects.all()}
    shown = client.get(LOG).text
    assert f"{LOG}{rows[others.pk].pk}/change/" in shown
    assert f"{LOG}{rows[own.pk].pk}/change/" not in shown
    page = client.get(f"{LIST}{webhook.pk}/change/").text
    assert f"{LOG}{rows[own.pk].pk}/change/" not in page
    assert client.get(f"{LOG}{rows[others.pk].pk}/change/").status_code == 200
    statuses = [client.get(f"{LOG}{rows[own.pk].pk}/{name}/").status_code for name in ("send-again", "progress")]
    assert statuses == [404, 404]
    # Django's answer for what is not there: away, to the start page.
    assert client.get(f"{LOG}{rows[own.pk].pk}/change/").url == "/admin/"
    assert log.against_sending_again(rows[own.pk], by=admin)[0].code == "unseen"


def test_one_that_fails_for_a_day_stands_on_the_start_page_and_in_the_sidebar(admin, client, webhook):
    link = f"{LIST}?needs=somebody"
    assert link not in client.get("/admin/").text
    WebhookSubscription.objects.update(failures=9, failing_since=timezone.now() - timedelta(days=2))
    assert link in client.get("/admin/").text
    assert badges.known() == 1
    assert re.search(rf'href="{LIST}".*?>\s*1\s*<', client.get(LOG).text, re.DOTALL)
    well = subscriptions.make(by=SYSTEM, name="Well", url=webhook.url, events=["ticket.closed"])[0]
    listed = client.get(link).text
    assert f"{LIST}{webhook.pk}/change/" in listed
    assert f"{LIST}{well.pk}/change/" not in listed
    assert "Nothing has arrived since" in client.get(f"{LIST}{webhook.pk}/change/").text
    # Who switches it off has looked.
    client.post(f"{LIST}{webhook.pk}/switch-off/", {})
    assert link not in client.get("/admin/").text


def test_names_are_shown_as_they_were_typed_and_run_no_script(admin, client, receiver):
    name = "<script>alert(1)</script>"
    answer = client.post(ADD, given(receiver.url, name=name))
    webhook = WebhookSubscription.objects.get()
    subscriptions.send_test(webhook, by=admin)
    row = WebhookDelivery.objects.get()
    pages = [client.get(each) for each in (LIST, f"{LIST}{webhook.pk}/change/", LOG, f"{LOG}{row.pk}/change/")]
    for page in (answer, *pages):
        assert "<script>alert(1)" not in page.text
        assert "alert(1)" in page.text
