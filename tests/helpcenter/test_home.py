"""The first page."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
def test_a_stranger_reads_what_this_is_and_where_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "What can we help you with?" in page
    assert 'href="/accounts/login/"' in page
    assert 'href="/accounts/signup/"' in page


@pytest.mark.django_db
def test_the_sign_in_page_bears_our_name_and_not_the_frameworks(client: Client) -> None:
    page = client.get("/admin/login/", follow=True).content.decode()
    assert "SmartSupport" in page
    assert "Django administration" not in page
    assert "Site administration" not in page
