"""POST /api/token/refresh/ and /api/logout/: tokens are used once, and what ends a sign-in ends all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from people import lifecycle, tokens
from people.models import Employee, TokenFamily
from tests.factories import people
from tests.people.api.calls import LOGOUT, REFRESH, code_of, me, post, refresh, sign_out, signed_in
from tests.people.verbs import PASSWORD, VERBS

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.people.api.urls")]

#: Of no token of ours: other types, sizes, alphabets, and a header of a thousand lists in each other.
NO_TOKENS = [None, "", 1, [], {}, True, "x", "a.b.c", "x" * 100_000, "nul \x00", "half \ud800", "ünïcödé.ä.ö"]


def is_over(held: dict[str, str]) -> bool:
    """Whether neither token of a pair opens anything. The access token first: refreshing would be a change."""
    by_access, by_refresh = me(held["access"]).status_code, refresh(held["refresh"]).status_code
    assert {by_access, by_refresh} <= {200, 401}
    assert by_access == by_refresh
    return by_access == 401


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_refresh_gives_two_new_tokens_of_the_same_family():
    person = people.person()
    old = signed_in(person)
    answer = refresh(old["refresh"])
    new = answer.json()
    assert (answer.status_code, set(new), answer["Cache-Control"]) == (200, {"access", "refresh"}, "no-store")
    assert not set(new.values()) & set(old.values())
    assert me(new["access"]).json() == {"company_id": person.company_id}
    family = TokenFamily.objects.get()
    assert family.last_used_at > family.created_at
    # An access token is good for its quarter of an hour, whatever was refreshed.
    assert me(old["access"]).status_code == 200


def test_a_family_lives_as_long_as_it_is_refreshed():
    held = signed_in(people.person())
    TokenFamily.objects.update(expires_at=timezone.now())
    for _ in range(5):
        held = refresh(held["refresh"]).json()
    assert TokenFamily.objects.get().expires_at > timezone.now() + timedelta(hours=23)
    assert not is_over(held)


def test_a_used_token_brought_again_ends_the_whole_family_and_no_other():
    person = people.person()
    stolen, elsewhere = signed_in(person), signed_in(person)
    newest = refresh(stolen["refresh"]).json()
    again = refresh(stolen["refresh"])
    assert (again.status_code, code_of(again)) == (401, "signed_out")
    assert is_over(newest)
    assert is_over(stolen)
    assert not is_over(elsewhere)
    event = AuditEvent.objects.get(kind="token reused")
    assert (event.about, event.actor, event.ip_address) == (person, None, "127.0.0.1")


def test_a_reuse_is_noted_once():
    held = signed_in(people.person())
    refresh(held["refresh"])
    for _ in range(3):
        assert refresh(held["refresh"]).status_code == 401
    assert kinds() == ["signed in", "token reused"]


@pytest.mark.parametrize("address", [REFRESH, LOGOUT])
@pytest.mark.parametrize("given", NO_TOKENS, ids=ascii)
def test_what_is_no_token_is_answered_like_one_that_is_over(address, given):
    answer = post(address, {"refresh": given})
    assert (answer.status_code, code_of(answer)) == (401, "signed_out")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert post(address, {}).content == answer.content


# Signing out


def test_signing_out_ends_the_family_and_no_other_and_is_on_the_record():
    person = people.person()
    held, elsewhere = signed_in(person), signed_in(person)
    answer = sign_out(held["refresh"])
    assert (answer.status_code, answer.json()) == (200, {})
    assert is_over(held)
    assert not is_over(elsewhere)
    assert kinds() == ["signed in", "signed in", "signed out"]
    assert AuditEvent.objects.get(kind="signed out").about == person


def test_signing_out_twice_answers_the_same_and_changes_nothing():
    held = signed_in(people.person())
    first = sign_out(held["refresh"])
    ended_at = TokenFamily.objects.get().ended_at
    second = sign_out(held["refresh"])
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert TokenFamily.objects.get().ended_at == ended_at
    assert kinds() == ["signed in", "signed out"]


def test_a_used_token_signs_nobody_out_politely_but_ends_the_family_as_a_copy():
    held = signed_in(people.person())
    newest = refresh(held["refresh"]).json()
    assert sign_out(held["refresh"]).status_code == 401
    assert is_over(newest)
    assert "token reused" in kinds()


def test_an_access_token_neither_refreshes_nor_signs_out():
    held = signed_in(people.person())
    assert refresh(held["access"]).status_code == 401
    assert sign_out(held["access"]).status_code == 401
    assert not is_over(held)


def test_a_sign_out_works_when_the_access_token_is_long_over():
    held = signed_in(people.person())
    answer = post(LOGOUT, {"refresh": held["refresh"]}, headers={"Authorization": "Bearer something.else.entirely"})
    assert answer.status_code == 200


# What ends sign-ins


def suspend(person: Employee) -> None:
    lifecycle.suspend(person, by=people.admin(), reason="Left.")


def suspend_and_restore(person: Employee) -> None:
    suspend(person)
    lifecycle.restore(person, by=people.admin(), reason="Came back.")


ENDINGS = {
    "suspend": suspend,
    "suspend and restore": suspend_and_restore,
    "a new password": lambda person: lifecycle.change_password(person, by=person, password=PASSWORD),
    "sign out everywhere": lambda person: lifecycle.end_sessions(person, by=person),
    "sign out everywhere by an admin": lambda person: lifecycle.end_sessions(person, by=people.admin()),
    "a second factor taken away": lambda person: VERBS["remove_second_factor"](person, people.admin()),
    "end_all": tokens.end_all,
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=list(ENDINGS))
def test_what_ends_the_sessions_of_a_person_ends_their_tokens_at_once_and_nobody_elses(end):
    person, other = people.coordinator(), people.coordinator()
    held, used, others = signed_in(person), signed_in(person), signed_in(other)
    used = refresh(used["refresh"]).json()
    end(person)
    assert is_over(held)
    assert is_over(used)
    assert not is_over(others)
    # Over is over, and no theft.
    assert "token reused" not in kinds()


def test_a_password_set_past_the_door_ends_tokens_too():
    """`manage.py changepassword` knows nothing of generations; the fingerprint covers the password as well."""
    person = people.person()
    held = signed_in(person)
    person.set_password(PASSWORD)
    person.save()
    assert is_over(held)


def test_who_came_back_signs_in_anew():
    person = people.person()
    suspend_and_restore(person)
    assert not is_over(signed_in(Employee.objects.get(pk=person.pk)))


def test_what_changes_nothing_of_the_sign_in_ends_nothing():
    person, admin = people.person(), people.admin()
    held = signed_in(person)
    lifecycle.edit_profile(person, by=person, first_name="Grace", last_name="Hopper")
    lifecycle.change_role(person, by=admin, role="Ticket Coordinator", reason="Learned it.")
    assert not is_over(held)


# The rows


def test_end_all_ends_those_that_go_on_and_counts_them():
    person = people.person()
    held = [signed_in(person) for _ in range(3)]
    sign_out(held[0]["refresh"])
    before = TokenFamily.objects.get(ended_at__isnull=False).ended_at
    assert tokens.end_all(person) == 2
    assert tokens.end_all(person) == 0
    assert TokenFamily.objects.filter(ended_at=before).count() == 1


def test_the_list_of_sign_ins_has_those_that_go_on_newest_first():
    person = people.person()
    signed_in(people.person())
    for _ in range(4):
        signed_in(person)
    newest, second, ended, expired = TokenFamily.objects.filter(person=person)
    TokenFamily.objects.filter(pk=ended.pk).update(ended_at=timezone.now())
    TokenFamily.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    assert list(tokens.families_of(person)) == [newest, second]
    suspend(person)
    assert not tokens.families_of(person).exists()


def test_prune_removes_what_is_over_for_thirty_days_and_nothing_else():
    person, now = people.person(), timezone.now()
    kept, _ended_long_ago, ended_lately, _expired_long_ago, expired_lately = [
        TokenFamily.objects.create(person=person, newest_refresh="x", **fields)
        for fields in [
            {"expires_at": now},
            {"expires_at": now, "ended_at": now - timedelta(days=31)},
            {"expires_at": now, "ended_at": now - timedelta(days=29)},
            {"expires_at": now - timedelta(days=31)},
            {"expires_at": now - timedelta(days=29)},
        ]
    ]
    assert tokens.prune() == 2
    assert set(TokenFamily.objects.all()) == {kept, ended_lately, expired_lately}
    assert tokens.prune() == 0
