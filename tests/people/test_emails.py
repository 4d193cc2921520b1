"""What the mails say, and what they keep to themselves."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.db import transaction

from jobs.outbox import Cancelled
from notifications import rendering
from notifications.messages import message_of
from notifications.models import EmailNotification
from people import api_keys, emails, lifecycle, links
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.people.mails import last_mail, mails
from tests.people.naughty import NAMES_KEPT
from tests.people.verbs import NAMES, PASSWORD, VERBS, application

pytestmark = pytest.mark.django_db


def read(row: EmailNotification) -> rendering.Rendered:
    """Both texts as they would be sent now."""
    compose = message_of(row.message).compose
    data = row.template_data if compose is None else compose(row)
    return rendering.body(row.template_name, data, email_subject=row.subject)


def every_message(person_names: dict[str, str]) -> list[EmailNotification]:
    """One of each kind, by way of the verbs."""
    admin = people.admin()
    first = lifecycle.register(**application(**person_names))
    lifecycle.register(**application(email="ADA@example.com"))
    lifecycle.prove_address(first, by=first)
    lifecycle.register(**application(email="ADA@example.com"))
    lifecycle.reject(first, by=admin, reason="No <b>such</b> person.")
    lifecycle.register(**application())
    form = {**application(**person_names)}
    form.pop("email")
    lifecycle.apply_again(first, by=first, **form)
    lifecycle.approve(first, by=admin)
    api_keys.make(by=admin, name="Backups", person=first, scopes=["read"])
    VERBS["change_role"](first, admin)
    VERBS["change_password"](first, first)
    lifecycle.suspend(first, by=admin, reason="x")
    lifecycle.restore(first, by=admin, reason="x")
    lifecycle.change_email(first, by=admin, email="new@example.com", reason="x")
    lifecycle.bring_in(by=admin, email="b@example.com", **NAMES, approved=True, announce=True)
    VERBS["remove_second_factor"](first, admin)
    emails.unknown_browser(first, browser="Firefox on Windows", address="203.0.113.7")
    emails.reset_password("new@example.com")
    emails.failed_sign_ins("new@example.com")
    return list(EmailNotification.objects.order_by("pk"))


def test_every_message_is_sent_by_some_verb_and_says_something():
    rows = every_message({})
    assert {row.message.removeprefix("people_") for row in rows} == set(emails.MESSAGES)
    for row in rows:
        assert row.subject.startswith("[SmartSupport] ")
        assert row.template_data == {} if row.is_secret else row.template_data
    for row in EmailNotification.objects.filter(is_secret=False):
        said = read(row)
        first_lines = said.text.splitlines()[:2]
        assert all(len(line) > 15 for line in first_lines), said.text
        assert first_lines[0].split("'")[0] in said.html or "&" in said.html


@pytest.mark.parametrize("name", [*NAMES_KEPT, "Eve\u200eBcc"], ids=ascii)
def test_a_naughty_name_stands_harmless_in_the_mails_about_it(name):
    person = people.person(Status.PENDING, first_name=name, verified=False)
    people.admin()
    lifecycle.prove_address(person, by=person)
    row = last_mail("new_application")
    said = read(row)
    assert name in said.text
    assert "<script>" not in said.html
    assert "<img" not in said.html
    assert "\n" not in row.subject
    assert "SECRET_KEY }}" not in said.html or "{{" in name


def test_a_mail_to_an_unproven_address_holds_no_words_of_the_applicant():
    lifecycle.register(**application(first_name="Buy now http://evil.example"))
    row = last_mail("prove_address")
    assert "evil" not in read(row).text + read(row).html + row.subject


def test_a_rejection_says_its_reason_word_for_word():
    person = people.person(Status.PENDING)
    lifecycle.reject(person, by=people.admin(), reason="No <b>such</b> person.\nAsk & try again.")
    said = read(last_mail("rejected"))
    assert "> No <b>such</b> person.\n> Ask & try again." in said.text
    assert "No &lt;b&gt;such&lt;/b&gt; person.\nAsk &amp; try again." in said.html


# Secrets


@pytest.mark.parametrize("message", ["prove_address", "set_password", "apply_again", "address_taken"])
def test_secrets_are_not_stored(message):
    assert message_of(f"people_{message}").is_secret


def link_in(row: EmailNotification) -> str:
    found = re.search(r"https?://\S+", read(row).text)
    assert found is not None
    return found[0]


def test_the_link_to_prove_an_address_is_one_that_allauth_reads(settings):
    settings.SITE_URL = "https://help.example.com"
    person = lifecycle.register(**application())
    link = link_in(last_mail("prove_address"))
    path, key = re.fullmatch(r"https://help\.example\.com(/accounts/confirm-email/)([^/]+)/", link).groups()
    assert EmailConfirmationHMAC.from_key(key).email_address.user == person
    assert "ada" not in key
    assert path


def test_a_link_to_prove_an_address_is_not_sent_once_it_is_proven_or_the_address_is_another():
    person = lifecycle.register(**application())
    row = last_mail("prove_address")
    key = EmailConfirmationHMAC(EmailAddress.objects.get(user=person)).key
    lifecycle.change_email(person, by=people.admin(), email="new@example.com", reason="x")
    with pytest.raises(Cancelled):
        read(row)
    assert EmailConfirmationHMAC.from_key(key) is None
    lifecycle.prove_address(person, by=person)
    with pytest.raises(Cancelled):
        read(last_mail("prove_address"))


def test_the_link_to_choose_a_password_dies_with_its_use():
    person = lifecycle.bring_in(by=people.admin(), email="a@example.com", **NAMES, approved=True, announce=True)
    link = link_in(last_mail("set_password"))
    key = link.rstrip("/").rpartition("/")[2]
    assert links.who_sets_password(key) == person
    lifecycle.change_password(person, by=person, password=PASSWORD)
    assert links.who_sets_password(key) is None


@pytest.mark.parametrize("ends", ["end_sessions", "suspend and restore"])
def test_the_link_to_choose_a_password_dies_with_the_sessions(ends):
    admin, person = people.admin(), people.person(raw_password=PASSWORD)
    key = links.set_password(person).rstrip("/").rpartition("/")[2]
    assert links.who_sets_password(key) == person
    if ends == "end_sessions":
        lifecycle.end_sessions(person, by=person)
    else:
        lifecycle.suspend(person, by=admin, reason="Lost laptop.")
        lifecycle.restore(person, by=admin, reason="Found it.")
    assert links.who_sets_password(key) is None


@pytest.mark.parametrize("name", ["Win 1000 EUR at https://evil.example/"])
def test_words_of_a_stranger_reach_nobody_at_an_address_that_is_not_proven(name):
    """Somebody applies with the address of somebody else: whatever is decided, the mails carry no word of theirs."""
    admin = people.admin()
    for turn, verb in enumerate(("approve", "reject", "suspend", "restore")):
        person = lifecycle.register(**application(email=f"victim{turn}@example.com", first_name=name))
        if verb == "reject":
            lifecycle.reject(person, by=admin, reason="No.")
            continue
        lifecycle.approve(person, by=admin, allow_unverified=True)
        lifecycle.suspend(person, by=admin, reason="x")
        lifecycle.restore(person, by=admin, reason="x")
    to_them = EmailNotification.objects.filter(recipient__first_name=name, is_secret=False)
    assert to_them.count() == 10
    for row in to_them:
        said = read(row)
        assert "evil.example" not in said.text + said.html + row.subject


def test_the_link_to_apply_again_opens_once_and_only_for_the_rejected():
    person = people.person(Status.REJECTED)
    key = links.apply_again(person).split("/")[-2]
    assert links.who_applies_again(key) == person
    assert links.who_applies_again(key + "x") is None
    form = application()
    form.pop("email")
    lifecycle.apply_again(person, by=person, **form)
    lifecycle.reject(person, by=people.admin(), reason="Again.")
    assert links.who_applies_again(key) is None
    fresh = Employee.objects.get(pk=person.pk)
    assert links.who_applies_again(links.apply_again(fresh).split("/")[-2]) == person


def test_a_link_to_apply_again_expires(monkeypatch):
    key = links.apply_again(people.person(Status.REJECTED)).split("/")[-2]
    monkeypatch.setattr(links, "APPLY_AGAIN_SECONDS", -1)
    assert links.who_applies_again(key) is None


@pytest.mark.parametrize(
    ("status", "message", "says", "path"),
    [
        (Status.PENDING, "address_taken", "waits for an admin", "/accounts/login/"),
        (Status.APPROVED, "address_taken", "You have an account already", "/accounts/login/"),
        (Status.REJECTED, "apply_again", "you can apply again", "/accounts/apply-again/"),
    ],
)
def test_a_sign_up_with_a_known_address_says_at_the_address_how_things_stand(status, message, says, path):
    people.person(status, email="ada@example.com")
    lifecycle.register(**application())
    row = last_mail(message)
    assert says in read(row).text
    assert says in read(row).html
    assert path in link_in(row)
    assert row.template_data == {}


def test_somebody_suspended_hears_nothing_of_a_sign_up_with_their_address():
    person = people.person(Status.SUSPENDED, email="ada@example.com")
    lifecycle.register(**application())
    with pytest.raises(Cancelled):
        read(last_mail("address_taken"))
    assert person.status == Status.SUSPENDED


def test_nobody_hears_twice_of_what_they_did_themselves():
    admin = people.admin(email="me@example.com")
    lifecycle.change_email(admin, by=admin, email="mine@example.com", reason="Mine.")
    assert mails() == {("address_changed", "me@example.com"), ("prove_address", "mine@example.com")}


def test_a_change_that_fails_leaves_no_mail():
    person = people.person()
    with transaction.atomic():
        lifecycle.suspend(person, by=people.admin(), reason="x")
        transaction.set_rollback(True)
    assert mails() == set()
