"""Keys for programs: what they open, for whom, and what ends them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.actors import SYSTEM
from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused
from notifications import rendering
from notifications.models import EmailNotification
from people import api_keys, lifecycle
from people.enums import Role, Scope, Status
from people.models import ApiKey, Employee
from tests.factories import people

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.people.api_key_urls")]

EVERY_SCOPE = list(Scope.values)


@pytest.fixture
def admin() -> Employee:
    return people.admin()


@pytest.fixture
def robot() -> Employee:
    return people.person()


def made(by: Employee, person: Employee, scopes: Any = ("read",), **more: Any) -> tuple[ApiKey, str]:
    return api_keys.make(by=by, name="Backups", person=person, scopes=scopes, **more)


def call(secret: str, address: str = "/api/me/", method: str = "get", **more: Any) -> Any:
    call_it = getattr(Client(), method)
    body = {} if method == "get" else {"data": {}, "content_type": "application/json"}
    return call_it(address, **body, headers={"Authorization": f"Bearer {secret}", **more})


def codes(answer: Any) -> set[str]:
    return {reason["code"] for reason in answer.json()["reasons"]}


# What it opens


def test_a_program_with_a_key_is_the_person_that_the_key_acts_as(admin, robot):
    _key, secret = made(admin, robot)
    answer = call(secret)
    assert (answer.status_code, answer.json()) == (200, {"company_id": robot.company_id})


def test_it_is_256_random_bits_and_only_a_digest_is_kept(admin, robot):
    key, secret = made(admin, robot)
    assert secret.startswith(f"ssk_{key.prefix}_")
    assert len(secret) == len("ssk_12345678_") + 43
    assert secret != made(admin, robot)[1]
    stored = [str(value) for row in ApiKey.objects.values() for value in row.values()]
    assert not [value for value in stored if secret[13:] in value]
    assert key.digest in stored
    history, event = key.history.get(), AuditEvent.objects.filter(kind=AuditEvent.Kind.API_KEY_MADE).first()
    assert not hasattr(history, "digest")
    assert secret[13:] not in f"{history.__dict__}{event.__dict__}"


def test_coming_in_takes_one_query_and_a_second_one_a_minute(admin, robot):
    _key, secret = made(admin, robot)
    counts = []
    for _again in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert call(secret).status_code == 200
        counts.append(len(captured))
    # The first writes down when it was used (in a transaction of its own on neither database).
    assert counts == [2, 1]


def test_its_last_use_is_noted_with_the_address_once_a_minute(admin, robot):
    key, secret = made(admin, robot)
    call(secret)
    key.refresh_from_db()
    first = key.last_used_at
    assert (first is not None, key.last_used_from) == (True, "127.0.0.1")
    call(secret)
    key.refresh_from_db()
    assert key.last_used_at == first
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=first - dt.timedelta(minutes=2))
    call(secret)
    key.refresh_from_db()
    assert key.last_used_at > first
    assert key.history.count() == 1  # no history of uses


def test_what_a_program_changes_says_on_the_record_that_it_was_the_key(admin, robot):
    key, secret = made(admin, robot, EVERY_SCOPE)
    call(secret, "/api/rename/", "post", **{"User-Agent": "API key “ssk_aaaaaaaa”"})
    record = robot.history.first()
    assert record.history_user == robot
    assert record.user_agent.startswith(f"API key “ssk_{key.prefix}” · ")


# What does not open


def wrong(secret: str) -> list[str]:
    other = "x" if secret[-1] != "x" else "y"
    return [secret[:-1] + other, secret[:-1], secret + "A", "ssk_", "ssk_aaaaaaaa_" + "A" * 43, secret.upper(),
            secret + "\u00e9", "ssk_" + "a" * 100_000]  # fmt: skip


def test_a_key_that_is_none_answers_like_one_that_was_revoked(admin, robot):
    key, secret = made(admin, robot)
    expected = call("ssk_aaaaaaaa_" + "A" * 43)
    assert (expected.status_code, codes(expected)) == (401, {"signed_out"})
    for each in wrong(secret):
        answer = call(each)
        assert (answer.status_code, answer.json()) == (401, expected.json()), each[:60]
    api_keys.revoke(key, by=admin)
    answer = call(secret)
    assert (answer.status_code, answer.json()) == (401, expected.json())
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_key_runs_out_at_the_end_of_its_day(admin, robot):
    key, secret = made(admin, robot, expires_on=timezone.localdate())
    assert call(secret).status_code == 200
    assert timezone.localtime(key.expires_at).time() == dt.time.min
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    assert call(secret).status_code == 401


def test_a_key_is_dead_while_its_person_is_suspended_and_lives_again_with_them(admin, robot):
    _key, secret = made(admin, robot)
    lifecycle.suspend(robot, by=admin, reason="Long leave.")
    assert call(secret).status_code == 401
    lifecycle.restore(robot, by=admin, reason="Back.")
    assert call(secret).status_code == 200


def test_a_key_does_not_sign_in_on_pages(admin, robot):
    _key, secret = made(admin, robot, EVERY_SCOPE)
    assert call(secret, "/my/tickets/").status_code == 302
    assert call(secret, "/admin/").status_code == 302


def test_whoever_tries_keys_is_slowed_down_and_a_good_one_beside_them_is_not(admin, robot, settings):
    settings.ACCOUNT_RATE_LIMITS = {"api_key_failed": "2/m/ip"}
    _key, secret = made(admin, robot)
    tries = [call("ssk_aaaaaaaa_" + "A" * 43) for _ in range(3)]
    assert [answer.status_code for answer in tries] == [401, 401, 429]
    assert tries[-1]["Retry-After"]
    assert call(secret).status_code == 200
    cache.clear()


# Scopes


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"get me"}),
        ("submit", {"post ask", "post either"}),
        ("work", {"post either"}),
        ("people", {"post rename"}),
    ],
)
def test_a_key_does_what_its_scope_says_and_no_more(admin, robot, scope, allowed):
    _key, secret = made(admin, robot, [scope])
    for each in ("get me", "post me", "post ask", "post either", "post rename"):
        method, name = each.split()
        answer = call(secret, f"/api/{name}/", method)
        assert answer.status_code == (200 if each in allowed else 403), each
        if each not in allowed:
            assert codes(answer) == {"scope"}


def test_the_refusal_names_the_scope_and_is_on_the_record(admin, robot):
    key, secret = made(admin, robot)
    [reason] = call(secret, "/api/either/", "post").json()["reasons"]
    assert reason["sentence"] == "This key may not do that. It takes the scope “submit” or “work”."
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.REFUSED)
    assert (event.about, event.actor, event.detail["codes"]) == (key, robot, ["scope"])


def test_what_a_view_does_not_offer_to_keys_none_may_do_with_every_scope(admin, robot):
    _key, secret = made(admin, robot, EVERY_SCOPE)
    answer = call(secret, "/api/me/", "post")
    assert answer.status_code == 403
    assert answer.json()["reasons"][0]["sentence"] == "This is not for API keys. Sign in as a person."


def test_whoever_signed_in_is_held_by_no_scope(robot):
    from people import tokens

    assert call(tokens.start(robot)["access"], "/api/ask/", "post").status_code == 200


# Who makes and revokes them


@pytest.mark.parametrize("who", ["employee", "coordinator", "clerk", "suspended admin", "system", "nobody"])
def test_nobody_but_a_system_admin_makes_or_revokes_one(admin, robot, who):
    key, _secret = made(admin, robot)
    by: Any = {
        "employee": people.person,
        "coordinator": lambda: people.coordinator(people.department()),
        "clerk": people.clerk,
        "suspended admin": lambda: people.admin(status=Status.SUSPENDED) if False else _suspended(people.admin()),
        "system": lambda: SYSTEM,
        "nobody": lambda: None,
    }[who]()
    with pytest.raises(Refused):
        made(by, robot)
    with pytest.raises(Refused):
        api_keys.revoke(key, by=by)
    assert [row.revoked_at for row in ApiKey.objects.all()] == [None]
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED).count() == 2


def _suspended(person: Employee) -> Employee:
    Employee.objects.filter(pk=person.pk).update(status=Status.SUSPENDED, is_active=False, is_staff=False)
    return person


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"expires_on": dt.date(2020, 1, 1)}, "expires_on"),
        ({"expires_on": dt.date(9999, 12, 31)}, "expires_on"),
        ({"person": None}, "person"),
    ],
)
def test_values_that_make_no_key_are_refused_at_their_field(admin, robot, given, field):
    with pytest.raises(InvalidValues) as invalid:
        api_keys.make(by=admin, **{"name": "Backups", "person": robot, "scopes": ["read"], **given})
    assert list(invalid.value.errors) == [field]
    assert not ApiKey.objects.exists()


def test_no_key_is_made_for_somebody_who_is_not_approved(admin):
    with pytest.raises(InvalidValues):
        made(admin, people.person(Status.PENDING))


OTHER_STAFF: dict[str, dict[str, Any]] = {
    "admin": {"role": Role.SYSTEM_ADMIN, "is_staff": True},
    "clerk": {"is_data_clerk": True, "is_staff": True},
    "coordinator": {"role": Role.TICKET_COORDINATOR, "is_staff": True},
    "editor": {"is_help_center_editor": True},
    "operator": {"role": Role.SYSTEM_ADMIN, "is_staff": True, "is_superuser": True},
}


@pytest.mark.parametrize("who", sorted(OTHER_STAFF))
def test_a_key_acts_as_nobody_elses_staff_neither_now_nor_later(admin, robot, who):
    _key, secret = made(admin, robot)
    assert call(secret).status_code == 200
    expected = call("ssk_aaaaaaaa_" + "A" * 43)
    Employee.objects.filter(pk=robot.pk).update(**OTHER_STAFF[who])
    answer = call(secret)
    assert (answer.status_code, answer.json()) == (401, expected.json())
    with pytest.raises(InvalidValues) as invalid:
        made(admin, robot)
    [sentence] = invalid.value.errors["person"]
    assert str(sentence).startswith("A key acts as yourself, or as somebody who is no staff: ")
    assert ApiKey.objects.count() == 1
    _own, secret = made(admin, admin)
    assert call(secret).json() == {"company_id": admin.company_id}


def test_making_and_revoking_are_on_the_record_with_who_and_why(admin, robot):
    key, _secret = made(admin, robot, ["work", "read"])
    api_keys.revoke(key, by=admin, reason="The laptop was lost.")
    verbs = list(key.history.values_list("verb", "history_user", "history_change_reason"))
    assert verbs == [("revoke", admin.pk, "The laptop was lost."), ("make", admin.pk, "")]
    kinds = [AuditEvent.Kind.API_KEY_REVOKED, AuditEvent.Kind.API_KEY_MADE]
    events = list(AuditEvent.objects.filter(kind__in=kinds))
    assert [(event.kind, event.about, event.actor) for event in events] == [(kind, key, admin) for kind in kinds]
    assert events[1].detail == {"begins_with": key.prefix, "acts_as": robot.company_id, "scopes": ["read", "work"]}


def test_whom_a_key_acts_as_hears_of_it_and_not_of_the_key(admin, robot):
    _key, secret = made(admin, robot)
    mail = EmailNotification.objects.get()
    assert (mail.recipient, mail.message) == (robot, "people_api_key_made")
    text = rendering.body(mail.template_name, mail.template_data, email_subject=mail.subject).text
    assert f"{admin.get_full_name()} has made an API key, “Backups”, that acts as you." in text.replace("\n", " ")
    assert secret[13:] not in f"{mail.__dict__}{text}"
    made(admin, admin)  # nobody is told of what they did themselves
    assert EmailNotification.objects.count() == 1


def test_one_that_was_revoked_is_not_revoked_again(admin, robot):
    key, _secret = made(admin, robot)
    api_keys.revoke(key, by=admin)
    with pytest.raises(Refused) as refused:
        api_keys.revoke(key, by=admin)
    assert refused.value.codes == {"state"}
