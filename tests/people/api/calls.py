"""Calls of the API as a program makes them."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from people import tokens
from people.models import Employee
from tests.people.verbs import PASSWORD

TOKEN, REFRESH, LOGOUT = "/api/token/employee/", "/api/token/refresh/", "/api/logout/"
#: Of tests/people/api/urls.py: answers whoever is signed in.
ME = "/api/me/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def post(address: str, body: Any, **more: Any) -> HttpResponse:
    return Client().post(address, body, content_type="application/json", **more)


def sign_in(email: str, password: str = PASSWORD, **more: Any) -> HttpResponse:
    return post(TOKEN, {"email": email, "password": password, **more})


def signed_in(person: Employee) -> dict[str, str]:
    """Tokens, without the password being hashed for it."""
    return tokens.start(person)


def refresh(token: Any) -> HttpResponse:
    return post(REFRESH, {"refresh": token})


def sign_out(token: Any) -> HttpResponse:
    return post(LOGOUT, {"refresh": token})


def me(access: Any) -> HttpResponse:
    return Client().get(ME, headers={"Authorization": f"Bearer {access}"})


def code_of(answer: HttpResponse) -> str:
    """The code of the one reason that an answer gives."""
    [reason] = answer.json()["reasons"]
    assert reason["sentence"]
    return reason["code"]


def second_factor(person: Employee) -> str:
    """Sets an app up; the code that it shows now."""
    TOTP.activate(person, SECRET)
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))
