"""How to come to each page of people, in each of its states, by the shortest way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from playwright.sync_api import Page

from people import lifecycle, links
from people.enums import Status
from people.models import Employee
from tests.browser.steps import lend_session
from tests.factories import people
from tests.people.test_answering_alike import sign_up_form
from tests.people.verbs import PASSWORD

LONG = "Wolfeschlegelsteinhausenbergerdorff"
LONG_ADDRESS = f"{'a' * 60}.{'b' * 60}@{'c' * 50}.example.com"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Stage:
    """A window, and the cookies that lead to a page without clicking there."""

    page: Page
    site: str

    def __post_init__(self) -> None:
        self.client = Client()

    def somebody(self, status: str = Status.APPROVED, **fields: object) -> Employee:
        person = people.person(
            status, email=LONG_ADDRESS, first_name=LONG, last_name=LONG, raw_password=PASSWORD,
            department=people.department(), **fields,
        )  # fmt: skip
        self.client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        return person

    def go(self, path: str) -> None:
        lend_session(self.page, self.client, self.site)
        self.page.goto(path)

    def again(self) -> None:
        """Once more the password, before what touches the safety of the account."""
        self.client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})

    def send(self, button: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=button).click()


def home(stage: Stage) -> None:
    stage.go("/")


def home_of_somebody(stage: Stage) -> None:
    stage.somebody()
    stage.go("/")
    stage.page.locator(".menu summary").click()


def sign_up(stage: Stage) -> None:
    stage.go("/accounts/signup/")


def sign_up_with_errors(stage: Stage) -> None:
    stage.go("/accounts/signup/")
    stage.send("Send the application")


def sign_up_done(stage: Stage) -> None:
    stage.client.post("/accounts/signup/", sign_up_form(LONG_ADDRESS))
    stage.go("/accounts/signup/done/")


def resend(stage: Stage) -> None:
    stage.go("/accounts/confirm-email/")


def resend_done(stage: Stage) -> None:
    stage.go("/accounts/confirm-email/")
    stage.page.get_by_label("E-mail").fill(LONG_ADDRESS)
    stage.send("Send the mail")


def proving(person: Employee) -> str:
    return links.prove_address(person.emailaddress_set.get())


def confirm(stage: Stage) -> None:
    stage.go(proving(stage.somebody(Status.PENDING, verified=False)))


def confirm_with_an_error(stage: Stage) -> None:
    confirm(stage)
    stage.page.locator("#id_password").fill("wrong")
    stage.send("Yes, this is my address")


def confirmed_without_the_password(stage: Stage) -> None:
    confirm(stage)
    stage.send("Yes, this is my address")


def confirm_an_old_link(stage: Stage) -> None:
    stage.go("/accounts/confirm-email/x/")


def sign_in(stage: Stage) -> None:
    people.person(email="employee@example.com")  # one of those that the page offers to try
    stage.go("/accounts/login/")


def sign_in_with_an_error(stage: Stage) -> None:
    stage.go("/accounts/login/")
    stage.page.get_by_label("E-mail").fill(LONG_ADDRESS)
    stage.page.get_by_label("Password", exact=True).fill("wrong")
    stage.send("Sign in")


def unverified(stage: Stage) -> None:
    stage.somebody(Status.PENDING, verified=False)
    stage.go("/accounts/standing/")


def waiting(stage: Stage) -> None:
    stage.somebody(Status.PENDING)
    stage.go("/accounts/standing/")


def rejected(stage: Stage) -> None:
    person = stage.somebody(Status.PENDING)
    lifecycle.reject(person, by=people.admin(), reason=f"We don't know {LONG * 3}.\n\nPlease ask your head.")
    stage.client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    stage.go("/accounts/standing/")


def link_sent(stage: Stage) -> None:
    rejected(stage)
    stage.send("Send me a link to apply again")


def apply_again(stage: Stage) -> None:
    stage.go(links.apply_again(stage.somebody(Status.REJECTED)))


def suspended(stage: Stage) -> None:
    stage.somebody(Status.SUSPENDED)
    stage.go("/accounts/standing/")


def reset(stage: Stage) -> None:
    stage.go("/accounts/password/reset/")


def reset_done(stage: Stage) -> None:
    stage.go("/accounts/password/reset/done/")


def set_password(stage: Stage) -> None:
    person = people.person(email=LONG_ADDRESS)
    stage.go(links.set_password(person))


def set_password_with_errors(stage: Stage) -> None:
    set_password(stage)
    stage.page.locator("#id_password1").fill("password")
    stage.page.locator("#id_password2").fill("password")
    stage.page.get_by_role("main").locator("button[type=submit]").click()


def set_password_by_an_old_link(stage: Stage) -> None:
    stage.go("/accounts/password/reset/key/x/")


def change_password(stage: Stage) -> None:
    stage.somebody()
    stage.go("/accounts/password/change/")


def profile(stage: Stage) -> None:
    stage.somebody()
    stage.go("/my/profile/")


def profile_saved(stage: Stage) -> None:
    profile(stage)
    stage.send("Save")


def profile_with_errors(stage: Stage) -> None:
    profile(stage)
    stage.page.get_by_label("First name").fill("")
    stage.send("Save")


def security(stage: Stage) -> None:
    person = stage.somebody()
    Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}).post(
        "/accounts/login/", {"login": person.email, "password": "wrong"}
    )
    stage.go("/my/profile/security/")


def asked_again(stage: Stage) -> None:
    stage.somebody()
    stage.go("/accounts/2fa/app/")


def second_factor_set_up(stage: Stage) -> None:
    stage.somebody()
    stage.again()
    stage.go("/accounts/2fa/app/")


def second_factor_set_up_with_an_error(stage: Stage) -> None:
    second_factor_set_up(stage)
    stage.page.get_by_label("Code").fill("000000")
    stage.send("Turn it on")


def with_second_factor(stage: Stage) -> Employee:
    person = stage.somebody()
    stage.again()
    TOTP.activate(person, SECRET)
    RecoveryCodes.activate(person)
    return person


def second_factor(stage: Stage) -> None:
    with_second_factor(stage)
    stage.go("/accounts/2fa/")


def second_factor_turned_off(stage: Stage) -> None:
    with_second_factor(stage)
    stage.go("/accounts/2fa/app/remove/")


def recovery_codes(stage: Stage) -> None:
    with_second_factor(stage)
    stage.go("/accounts/2fa/codes/")


def recovery_codes_anew(stage: Stage) -> None:
    with_second_factor(stage)
    stage.go("/accounts/2fa/codes/new/")


def recovery_codes_shown(stage: Stage) -> None:
    recovery_codes_anew(stage)
    stage.send("Make new codes")


def code_at_sign_in(stage: Stage) -> None:
    person = with_second_factor(stage)
    stage.client = Client()
    stage.client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    stage.go("/accounts/2fa/authenticate/")


def sign_out(stage: Stage) -> None:
    stage.somebody()
    stage.go("/accounts/logout/")


def no_access(stage: Stage) -> None:
    stage.somebody()
    stage.go("/admin/")


#: Way → the heading of the page it leads to. Those with errors have “Error: ” before the page's title.
OURS: dict[Callable[[Stage], None], str] = {
    home: "What can we help you with?",
    home_of_somebody: "What can we help you with?",
    sign_up: "Sign up",
    sign_up_with_errors: "Sign up",
    sign_up_done: "Check your mail",
    resend: "Send the mail again",
    resend_done: "Check your mail",
    confirm: "Is this your address?",
    confirm_with_an_error: "Is this your address?",
    confirmed_without_the_password: "Thank you, your address is proven",
    confirm_an_old_link: "This link does not work",
    sign_in: "Sign in",
    sign_in_with_an_error: "Sign in",
    unverified: "Your address is still to be proven",
    waiting: "Your account waits for approval",
    rejected: "Your application was not accepted",
    link_sent: "A link to apply again is on its way",
    apply_again: "Apply again",
    suspended: "Your account is suspended",
    reset: "Forgot your password?",
    reset_done: "Check your mail",
    set_password: "Choose your password",
    set_password_with_errors: "Choose your password",
    set_password_by_an_old_link: "This link does not work",
    change_password: "Change your password",
    profile: "Your account",
    profile_saved: "Your account",
    profile_with_errors: "Your account",
    security: "Your account",
    asked_again: "Is it you?",
    second_factor_set_up: "Set up the second factor",
    second_factor_set_up_with_an_error: "Set up the second factor",
    second_factor: "Second factor",
    second_factor_turned_off: "Turn off the second factor?",
    recovery_codes: "Your recovery codes",
    recovery_codes_anew: "Make new recovery codes?",
    recovery_codes_shown: "Your recovery codes",
    code_at_sign_in: "Now the code from your app",
    sign_out: "Sign out?",
    no_access: "This is not for your account",
}
