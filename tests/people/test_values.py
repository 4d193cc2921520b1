"""What people type, and what is stored of it."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image

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


def uploaded(drawn: Image.Image, kind: str = "PNG", name: str = "me.png", **options: Any) -> SimpleUploadedFile:
    written = io.BytesIO()
    drawn.save(written, kind, **options)
    return SimpleUploadedFile(name, written.getvalue())


def picture(width: int = 8, kind: str = "PNG", name: str = "me.png") -> SimpleUploadedFile:
    return uploaded(Image.new("RGB", (width, 8), "teal"), kind, name)


def taken(file: SimpleUploadedFile) -> tuple[str | None, Image.Image]:
    """Name and content of what is kept."""
    kept = values.picture(file)
    assert kept is not None
    return kept.name, Image.open(kept)


def test_a_picture_is_kept_by_its_real_kind_whatever_its_file_is_called():
    name, kept = taken(picture(kind="WEBP", name="me.exe"))
    assert (name, kept.format, kept.size) == ("picture.jpg", "JPEG", (8, 8))
    name, kept = taken(uploaded(Image.new("RGBA", (8, 8), (0, 128, 128, 100)), name="me.jpg"))
    assert (name, kept.format, kept.mode) == ("picture.png", "PNG", "RGBA")
    assert values.picture(None) is None


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "CMYK"])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG", "WEBP", "TIFF"])
def test_a_picture_of_any_mode_can_be_kept_or_is_refused(mode, kind):
    try:
        file = uploaded(Image.new(mode, (8, 8)), kind)
    except (OSError, ValueError):
        return  # there are no such pictures
    if kind == "TIFF":
        with pytest.raises(Unfit):
            values.picture(file)
        return
    assert taken(file)[1].mode in {"RGB", "RGBA"}


def test_a_picture_of_many_greys_keeps_them():
    _name, kept = taken(uploaded(Image.new("I;16", (8, 8), 0x8000)))
    assert abs(kept.convert("L").getpixel((4, 4)) - 0x80) < 3


def test_a_picture_tells_not_where_it_was_taken():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "A camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 30.0, 0.0)
    for kind, mode in [("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGB")]:
        drawn = Image.new(mode, (8, 8))
        file = uploaded(drawn, kind, exif=exif, icc_profile=b"A profile of mine", comment="At home.")
        assert b"A camera" in file.read()
        _name, kept = taken(file)
        assert not kept.getexif()
        assert not {"comment", "icc_profile", "exif"} & set(kept.info)


def test_a_picture_is_put_upright():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned clockwise
    drawn = Image.new("RGB", (64, 32), "white")
    drawn.paste("black", (0, 0, 32, 32))  # its left half, which becomes the upper one
    _name, kept = taken(uploaded(drawn, "JPEG", exif=exif))
    assert kept.size == (32, 64)
    assert kept.convert("L").getpixel((16, 8)) < 60
    assert kept.convert("L").getpixel((16, 56)) > 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_kept_small(kind):
    _name, kept = taken(uploaded(Image.new("RGB", (3000, 1500), "teal"), kind))
    assert kept.size == (1024, 512)


def test_a_picture_that_unfolds_to_gigabytes_is_refused():
    for width in (60_000, 12_000):
        header = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
        chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
        data = b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
        with pytest.raises(Unfit, match="pixels"):
            values.picture(SimpleUploadedFile("me.png", b"\x89PNG\r\n\x1a\n" + chunk + data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_half_a_picture_is_refused(kind):
    whole = uploaded(Image.effect_noise((64, 64), 50).convert("RGB"), kind).read()
    with pytest.raises(Unfit, match="no picture"):
        values.picture(SimpleUploadedFile("me", whole[: len(whole) // 2]))


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
