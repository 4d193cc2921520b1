"""500 names that have broken other programs: refused with a sentence, or shown whole, and never more than words."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default as modern
from itertools import islice

import pytest
from django.db import transaction
from django.test import Client

from notifications import outbox, rendering, sending
from people import lifecycle
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.security.naughty import Seen, all_of_them, kept, refused

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

KEPT = kept()
#: Names in threes: all parts of a person's name at once.
THREES = list(zip(*[iter(KEPT + KEPT[: -len(KEPT) % 3])] * 3, strict=True))
ELEMENTS_OF_A_MAIL = {"html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "a", "br"}
MAILS = ("new_application", "approved", "application_received", "suspended")


def page_of(client: Client, address: str) -> Seen:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return Seen(answer.content.decode())


def named(first: str, middle: str = "", last: str = "Byron", **fields: object) -> Employee:
    return people.person(first_name=first, middle_name=middle, last_name=last, **fields)


def test_the_list_is_there_and_most_of_it_can_be_a_name() -> None:
    assert len(all_of_them()) > 500
    assert len(KEPT) > 440
    assert {"<script>alert(123)</script>", "{% print 'x' * 64 * 1024**3 %}"} <= set(KEPT)
    assert {"", "\t"} & set(refused())


def test_a_name_that_is_none_is_refused_with_a_sentence_and_what_was_typed_stays(client: Client) -> None:
    person = named("Ada")
    client.force_login(person)
    for typed in refused():
        answer = client.post("/my/profile/", {"first_name": typed, "last_name": "Byron"})
        assert answer.status_code == 422, typed
        (sentence, *_more) = answer.context["form"].errors["first_name"]
        assert str(sentence).endswith("."), typed
        assert Seen(answer.content.decode()).says(str(sentence))
    assert Employee.objects.get(pk=person.pk).first_name == "Ada"


def test_names_that_are_saved_come_back_as_they_were_typed(client: Client) -> None:
    person = named("Ada")
    client.force_login(person)
    for first, middle, last in THREES:
        sent = {"first_name": first, "middle_name": middle, "last_name": last}
        page = Seen(client.post("/my/profile/", sent, follow=True).content.decode())
        for name in (first, middle, last):
            assert page.has_value(name), name
        assert page.says(f"{first} {middle} {last}")


def test_ones_own_page_shows_each_name_whole_and_makes_no_element_of_it(client: Client) -> None:
    person = named("Ada")
    client.force_login(person)
    plain = page_of(client, "/my/profile/")
    for name in KEPT:
        Employee.objects.filter(pk=person.pk).update(first_name=name)
        page = page_of(client, "/my/profile/")
        assert page.elements == plain.elements, name
        assert page.has_value(name), name
        assert page.says(f"{name} Byron"), name


def test_a_name_that_became_an_element_would_be_noticed() -> None:
    name = "<b onclick=alert(1)>Ada & co"
    escaped, raw = Seen("<p>&lt;b onclick=alert(1)&gt;Ada &amp; co</p>"), Seen(f"<p>{name}</p>")
    assert escaped.says(name)
    assert escaped.elements == [("p",)]
    assert not raw.says(name)
    assert raw.elements == [("p",), ("b", "onclick")]


def test_the_list_of_people_shows_each_name_whole(client: Client) -> None:
    everybody = [named(name) for name in KEPT]
    client.force_login(people.admin(first_name="Boss"))
    shown, number = [], 1
    while len(shown) < len(everybody):
        answer = client.get("/admin/people/employee/", {"tab": "all", "p": number})
        page = Seen(answer.content.decode())
        listed = list(answer.context["cl"].result_list)
        assert listed
        for person in listed:
            assert page.says(person.get_full_name()), person.first_name
        shown += listed
        number += 1
    assert {person.first_name for person in shown} >= set(KEPT)


@pytest.mark.parametrize("part", range(4))
def test_the_page_of_a_person_shows_each_name_whole_now_and_in_its_history(client: Client, part: int) -> None:
    boss = people.admin(first_name="{{ boss }}", last_name="<b onclick=alert(1)>")
    client.force_login(boss)
    shape = None
    for before, now in islice(zip(THREES, THREES[1:] + THREES[:1], strict=True), part, None, 4):
        person = named(*before)
        history_of(person, boss, *now)
        page = page_of(client, f"/admin/people/employee/{person.pk}/change/")
        shape = shape or page.elements
        assert page.elements == shape, now
        assert page.says(" ".join(now)), now
        for name in (*before, *now):
            assert page.says(name), name
        assert page.says(boss.get_full_name())


def history_of(person: Employee, boss: Employee, first: str, middle: str, last: str) -> None:
    """From nobody's to these names, with a row in the history for each step."""
    person.save()  # the first state on the record
    lifecycle.edit_profile(person, by=boss, first_name=first, middle_name=middle, last_name=last)


def test_a_mail_shows_each_name_whole_has_one_recipient_and_one_line_of_subject(mailoutbox: list) -> None:
    boss = people.admin(email="boss@example.com")
    for number, name in enumerate(KEPT):
        message = MAILS[number % len(MAILS)]
        data = {"name": name, "email": "x@example.com", "department": name, "path": "/admin/", "company_id": "MA1"}
        with transaction.atomic():
            row = outbox.queue(f"people_{message}", to=boss, data=data)
        assert row is not None
        sending.deliver(row)
        sent = mailoutbox.pop()
        assert sent.to == ["boss@example.com"]
        text, page = sent.body, Seen(sent.alternatives[0][0])
        assert name in text, name
        assert page.says(name), name
        assert {element[0] for element in page.elements} <= ELEMENTS_OF_A_MAIL, name
        assert "\n" not in sent.subject
        if message == "new_application":
            assert sent.subject == f"[SmartSupport] New application: {rendering.one_line(name)}"
        on_the_wire = message_from_bytes(sent.message().as_bytes(), policy=modern)
        assert on_the_wire.get_all("To") == ["boss@example.com"], name
        assert on_the_wire.get_all("Bcc") is None, name


def test_the_reason_of_a_rejection_is_read_as_it_was_written(client: Client) -> None:
    boss = people.admin()
    for words in [each for each in KEPT if "<" in each][:40]:
        person = people.person(Status.PENDING, raw_password="a long walk by the sea")
        lifecycle.reject(person, by=boss, reason=words)
        client.post("/accounts/login/", {"login": person.email, "password": "a long walk by the sea"})
        page = page_of(client, "/accounts/standing/")
        assert page.says(words), words
        assert ("script",) not in page.elements
