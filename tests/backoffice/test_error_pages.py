"""Pages that say that something could not be answered, each really provoked."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.template import loader
from django.test import Client

from tests.backoffice.conftest import House
from tests.factories import people

pytestmark = pytest.mark.django_db

HOUSE_WORDS = {
    400: "We could not read that",
    403: "This is not open to you",
    404: "There is nothing here",
    500: "Something broke on our side",
    503: "We will be back in a moment",
}


@pytest.fixture
def browser(settings: Any) -> Client:
    """Asks addresses some of which go wrong, and is answered as a browser is."""
    settings.ROOT_URLCONF = "tests.backoffice.error_urls"
    return Client(raise_request_exception=False, enforce_csrf_checks=False)


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("connection to canary-host refused")

    monkeypatch.setattr(connection, "ensure_connection", refused)
    monkeypatch.setattr(connection, "cursor", refused)


def words(answer: Any) -> str:
    return answer.content.decode()


def has_one_heading(page: str, title: str) -> bool:
    return bool(re.search(rf"<h[12][^>]*>{title}</h[12]>", page))


@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize(
    ("address", "status"), [("nowhere/", 404), ("breaks/", 500), ("denies/", 403), ("suspects/", 400)]
)
def test_each_has_its_status_whatever_the_method(browser: Client, address: str, status: int, method: str) -> None:
    browser.force_login(people.admin())
    for folder in ("/", "/admin/"):
        answer = getattr(browser, method)(f"{folder}{address}")
        assert answer.status_code == status
        assert "no-cache" in answer.headers["Cache-Control"]
        if method != "head":
            assert has_one_heading(words(answer), HOUSE_WORDS[status])
            assert "canary-secret" not in words(answer)


@pytest.mark.parametrize("who", ["a stranger", "an employee", "an admin"])
def test_outside_the_back_office_they_wear_the_look_of_the_help_center(browser: Client, who: str) -> None:
    person = {"a stranger": lambda: None, "an employee": people.person, "an admin": people.admin}[who]()
    if person is not None:
        browser.force_login(person)
    page = words(browser.get("/nowhere/"))
    assert "site/site.css" in page
    assert 'href="/">To the home page' in page
    assert ("Sign in" in page) == (person is None)
    assert ("/accounts/logout/" in page) == (person is not None)


def test_inside_the_back_office_staff_keep_their_sidebar_and_others_see_nothing_of_it(browser: Client) -> None:
    browser.force_login(people.admin())
    of_nobody = "/admin/people/employee/987654321/suspend/"
    for address, status in (("/admin/nowhere/", 404), ("/admin/denies/", 403), (of_nobody, 404)):
        answer = browser.get(address)
        assert answer.status_code == status
        assert 'id="nav-sidebar"' in words(answer)
        assert 'href="/admin/">To the start page' in words(answer)
    browser.force_login(people.person())
    page = words(browser.get("/admin/denies/"))
    assert 'id="nav-sidebar"' not in page
    assert "/admin/people/employee/" not in page


def test_a_page_for_a_fault_of_ours_asks_neither_session_nor_database(browser: Client, no_database: None) -> None:
    for folder, home in (("/", 'href="/"'), ("/admin/", 'href="/admin/"')):
        answer = browser.get(f"{folder}breaks/?a=1")
        assert answer.status_code == 500
        assert f"{home}>To the" in words(answer)
        assert f'href="{folder}breaks/?a=1">Try again' in words(answer)
    assert "Try again<" not in words(browser.post("/breaks/")), "asking again would send it again"


def test_the_number_on_the_page_is_the_one_in_the_log(browser: Client, caplog: pytest.LogCaptureFixture) -> None:
    from backoffice.logs import RequestId

    caplog.handler.addFilter(RequestId())
    with caplog.at_level(logging.ERROR):
        answer = browser.get("/breaks/")
    number = answer.headers["X-Request-ID"]
    assert f"<code>{number}</code>" in words(answer)
    assert [record.request_id for record in caplog.records if record.exc_info] == [number]  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", ["/", "/admin/", "/cms/"])
def test_a_database_that_refuses_is_a_503_with_a_way_on(browser: Client, no_database: None, folder: str) -> None:
    answer = browser.get(f"{folder}asks/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    page = words(answer)
    assert has_one_heading(page, HOUSE_WORDS[503])
    assert f'href="{folder}asks/">Try again' in page
    assert "canary-host" not in page
    assert browser.post(f"{folder}asks/").status_code == 503


def test_a_database_lost_while_a_page_for_a_404_is_made_is_a_503(browser: Client, no_database: None) -> None:
    browser.cookies["smartsupport_session"] = "a" * 32
    assert browser.get("/nowhere/").status_code == 503


def test_without_a_database_a_real_installation_answers_503(house: House) -> None:
    house.give(DATABASE_URL="postgres://nobody@127.0.0.1:9/none", CACHE_URL="locmem://")
    asked = (
        "from django.test import Client; c = Client(raise_request_exception=False); "
        "c.cookies['smartsupport_session'] = 'a' * 32; a = c.get('/my/profile/', headers={'host': 'localhost'}); "
        "print(a.status_code, 'We will be back' in a.content.decode())"
    )
    done = house.manage("shell", "-v", "0", "-c", asked)
    assert done.stdout.split() == ["503", "True"], done.stderr


@pytest.mark.parametrize(("address", "status"), [("breaks/", 500), ("denies/", 403), ("suspects/", 400), ("x/", 404)])
def test_programs_get_json(browser: Client, address: str, status: int) -> None:
    answers = [
        browser.get(f"/api/{address}"),
        browser.get(f"/{address}", headers={"accept": "application/json"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
        assert set(answer.json()) == {"error", "details", "reasons"}
        assert "canary" not in words(answer)


def test_a_browser_that_takes_json_too_gets_the_page(browser: Client) -> None:
    page = browser.get("/nowhere/", headers={"accept": "text/html,application/json;q=0.9"})
    assert page.headers["Content-Type"].startswith("text/html")


def test_a_forged_host_is_a_400_that_repeats_nothing_of_it(browser: Client) -> None:
    for folder in ("/", "/admin/", "/accounts/login/"):
        answer = browser.get(folder, headers={"host": "evil.example.net"})
        assert answer.status_code == 400
        assert "evil.example.net" not in words(answer)
        assert has_one_heading(words(answer), HOUSE_WORDS[400])


def test_a_refused_form_says_what_to_do_and_leads_back_to_its_page() -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(people.person())
    answer = careful.post(
        "/my/profile/", {"first_name": "Ada"}, headers={"referer": "http://testserver/my/profile/?a=1"}
    )
    page = words(answer)
    assert answer.status_code == 403
    assert has_one_heading(page, "Please send that once more")
    assert "cookies" in page
    assert 'href="/my/profile/?a=1">Load the page again' in page


@pytest.mark.parametrize(
    "before", ["", "http://evil.example.net/my/", "javascript:alert(1)", "http://testserver//evil.example.net/"]
)
def test_a_refused_form_leads_to_no_other_site(before: str) -> None:
    careful = Client(enforce_csrf_checks=True)
    page = words(careful.post("/accounts/login/", {}, headers={"referer": before}))
    assert "evil.example.net" not in page
    assert "javascript:" not in page


def test_an_address_that_looks_like_another_site_is_no_link_to_it(browser: Client, no_database: None) -> None:
    page = words(browser.get("//evil.example.net/breaks/"))
    assert 'href="//evil' not in page


def test_what_is_too_large_is_said_in_the_look_of_its_side(browser: Client) -> None:
    for address, brand in (("/accounts/signup/", 'href="/"'), ("/admin/login/", 'href="/admin/"')):
        answer = browser.post(address, b"x", content_type="text/plain", CONTENT_LENGTH="99999999")
        assert answer.status_code == 413
        assert has_one_heading(words(answer), "This is too large")
        assert f'class="brand" {brand}' in words(answer)
        assert "site/site.css" in words(answer)


def test_when_even_the_page_for_it_breaks_there_are_words(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr(loader, "render_to_string", broken)
    answer = browser.get("/breaks/")
    assert answer.status_code == 500
    assert words(answer) == f"Something broke on our side. {answer.headers['X-Request-ID']}"


def test_no_error_page_holds_script_or_style_of_its_own(browser: Client) -> None:
    for address in ("/nowhere/", "/breaks/", "/denies/", "/suspects/"):
        page = words(browser.get(address))
        assert "<style" not in page
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
