"""What differs by who reads: what may be kept on the way, and whose words are counted together."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import people
from tests.helpcenter import writing

pytestmark = pytest.mark.django_db


def kept(client: Client, address: str) -> set[str]:
    return set(client.get(address).headers["Cache-Control"].split(", "))


def test_pages_with_a_name_or_a_token_on_them_are_kept_by_no_shared_cache(client: Client) -> None:
    topic = writing.topic()
    writing.article(topic)
    writing.faq(topic, {"How long?": "<p>Until tomorrow.</p>"})
    below = ("/computers/", "/computers/vpn/", "/computers/questions/")
    assert [kept(client, address) for address in ("/", *below)] == [{"no-cache"}] * 4
    client.force_login(people.person())
    assert kept(client, "/") == {"private", "no-store"}
    assert [kept(client, address) for address in below] == [{"private", "no-cache"}] * 3


def test_words_of_colleagues_are_limited_by_person_and_those_of_strangers_by_address(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"article_feedback": "1/h/ip", "article_feedback_of_person": "2/h/user"}
    cache.clear()
    page = writing.article(writing.topic())

    def said(browser: Client, times: int) -> list[int]:
        path = f"/articles/{page.pk}/feedback/"
        return [browser.post(path, {"helpful": "yes"}).status_code for _time in range(times)]

    for person in (people.person(), people.person()):
        browser = Client()
        browser.force_login(person)
        assert said(browser, 3) == [302, 302, 429]
    assert said(Client(), 2) == [302, 429]
