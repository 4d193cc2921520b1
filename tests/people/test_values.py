"""What people type, and what is stored of it."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from audit.reading import Reading, Unfit
from people import values
from people.models import Employee
from tests.factories import people
from tests.people.naughty import NAMES_KEPT, NAMES_REFUSED


@pytest.mark.parametrize("name", NAMES_KEPT, ids=ascii)
def test_a_naughty_name_is_kept_as_it_is(name):
    assert values.name(name) == name


@pytest.mark.parametrize("name", NAMES_REFUSED, ids=ascii)
def test_a_name_that_can_not_be_stored_or_seen_is_refused(name):
    with pytest.raises(Unfit):
        values.name(name)


def test_space_around_a_name_and_marks_of_direction_go():
    assert values.name("  Ada \u200f") == "Ada"
    assert values.name("Ada\u202egnp.exe") == "Adagnp.exe"


def test_a_middle_name_may_be_left_out():
    assert values.optional_name("  ") == ""


@pytest.mark.parametrize(
    ("typed", "stored"),
    [(" Ada@Example.COM ", "Ada@example.com"), ("o'hara+x@example.com", "o'hara+x@example.com")],
)
def test_an_address_is_stored_with_its_domain_in_lower_case(typed, stored):
    assert values.email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "", "ada", "ada@", "@example.com", "ada@example", "ada@exa mple.com", "ada@example.com,eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com", "ada\x00@example.com", "Ada <ada@example.com>", None, 7,
        "\u212aate@example.com", "\u0131@example.com", "x" * 250 + "@example.com", "ada@exam\u200bple.com",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(typed):
    with pytest.raises(Unfit):
        values.email(typed)


def test_only_addresses_of_the_listed_domains_may_apply(settings):
    settings.REGISTRATION_DOMAINS = ["example.com", "example.org"]
    assert values.applicants_email("ada@EXAMPLE.org") == "ada@example.org"
    for stranger in ("ada@evil.com", "ada@sub.example.com", "ada@example.com.evil.com", "ada@notexample.com"):
        with pytest.raises(Unfit, match=r"@example\.com or @example\.org"):
            values.applicants_email(stranger)


@pytest.mark.parametrize("raw", ["  a long walk by the sea  ", "пароль на море", "x9" * 64, "with\x00nul and more"])
def test_a_password_is_taken_unmodified(raw):
    assert values.password(raw) == raw


@pytest.mark.parametrize("raw", ["", "short7!", "x9" * 64 + "y", "half \ud800 a character", None], ids=ascii)
def test_a_password_that_is_too_short_too_long_or_no_text_is_refused(raw):
    with pytest.raises(Unfit):
        values.password(raw)


def test_a_common_password_and_one_like_the_name_are_refused():
    reading = Reading()
    reading.take("a", values.password, "password123")
    reading.take(
        "b", values.password, "ada.byron", Employee(first_name="Ada", last_name="Byron", email="ada.byron@x.y")
    )
    assert set(reading.errors) == {"a", "b"}


def picture(width: int = 8, kind: str = "PNG", name: str = "me.png") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (width, 8), "teal").save(written, kind)
    return SimpleUploadedFile(name, written.getvalue())


def test_a_picture_is_taken_and_can_be_read_from_its_beginning():
    taken = values.picture(picture())
    assert taken is not None
    assert taken.read(4) == b"\x89PNG"
    assert values.picture(None) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"x" * 50],
)
def test_what_is_no_picture_is_refused(content):
    file = SimpleUploadedFile("me.png", content or b" ")
    with pytest.raises(Unfit):
        values.picture(file)


def test_a_picture_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(values, "PICTURE_PIXELS", 100)
    with pytest.raises(Unfit, match="pixels"):
        values.picture(picture(width=100))
    monkeypatch.setattr(values, "PICTURE_BYTES", 10)
    with pytest.raises(Unfit, match="too large"):
        values.picture(picture())


@pytest.mark.django_db
def test_only_a_department_in_use_can_be_chosen():
    retired = people.department("Legal")
    type(retired).objects.filter(pk=retired.pk).update(is_active=False)
    for chosen in (retired, None, "Legal", 1):
        with pytest.raises(Unfit):
            values.department(chosen)
    assert values.department(people.department("Sales")).name == "Sales"
