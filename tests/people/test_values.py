"""What people type, and what is stored of it."""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
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
    assert kept.size == (32, 32)
    assert kept.convert("L").getpixel((16, 4)) < 60
    assert kept.convert("L").getpixel((16, 28)) > 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_of_a_large_picture_the_middle_is_kept_as_a_small_square(kind):
    drawn = Image.new("RGB", (3000, 1500), "white")
    drawn.paste("black", (1000, 0, 2000, 1500))
    _name, kept = taken(uploaded(drawn, kind))
    assert kept.size == (512, 512)
    row = [kept.convert("L").getpixel((x, 256)) for x in (20, 256, 490)]
    assert (row[0] > 200, row[1] < 60, row[2] > 200) == (True, True, True)


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


def unfolded_pixels(monkeypatch) -> list[tuple[int, int]]:
    """The sizes of the pieces in which pictures are changed from here on."""
    pieces: list[tuple[int, int]] = []
    convert = Image.Image.convert

    def noted(self, *given, **options):
        pieces.append(self.size)
        return convert(self, *given, **options)

    monkeypatch.setattr(Image.Image, "convert", noted)
    return pieces


def test_more_than_sixteen_million_pixels_are_refused_with_the_number(monkeypatch):
    flat = Image.new("1", (4001, 4000))
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("its pixels were unfolded"))
    for read in (values.glanced_picture, values.picture):
        with pytest.raises(Unfit, match="at most 16 million, such as 4000 by 4000"):
            read(SimpleUploadedFile("me.png", png_of(flat.size)))


def png_of(size: tuple[int, int]) -> bytes:
    """A picture of zeros, made without the library."""
    pixels = zlib.compress(bytes((size[0] // 8 + 2) * size[1]), 9)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", *size, 1, 0, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(b)) + a + b + struct.pack(">I", zlib.crc32(a + b)) for a, b in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_small_file_of_many_pixels_is_never_changed_as_a_whole(mode, monkeypatch):
    file = uploaded(Image.new(mode, (2600, 2100)))
    pieces = unfolded_pixels(monkeypatch)
    assert taken(file)[1].size == (512, 512)
    assert pieces
    assert max(width * height for width, height in pieces) < 2600 * 2100 / 4


def test_two_pictures_are_not_unfolded_at_the_same_time(monkeypatch):
    drawn_anew, inside, most = values._drawn_anew, [], []
    met = threading.Barrier(2)

    def noted(opened):
        inside.append(opened)
        most.append(len(inside))
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(0.3)  # whoever else may come in does so here
        inside.pop()
        return drawn_anew(opened)

    monkeypatch.setattr(values, "_drawn_anew", noted)
    with ThreadPoolExecutor(2) as threads:
        kept = list(threads.map(values.picture, [picture(), picture()]))
    assert None not in kept
    assert most == [1, 1]


def test_after_a_picture_that_is_none_the_next_one_is_read():
    for _number in range(3):
        with pytest.raises(Unfit):
            values.picture(SimpleUploadedFile("me.png", png_of((64, 64))[:-40]))
    assert values.picture(picture()) is not None


def test_a_strip_more_or_less_leaves_no_seam_and_no_rim():
    """Sizes that are no multiple of anything: each pixel of what is kept comes from the picture."""
    for size in [(1, 1), (1, 900), (513, 700), (1023, 1024), (1537, 1601), (2000, 1100)]:
        for mode, colour in [("RGB", (10, 200, 90)), ("RGBA", (10, 200, 90, 128)), ("P", 3)]:
            drawn = Image.new(mode, size, colour)
            if mode == "P":
                drawn.putpalette([0, 0, 0] * 3 + [10, 200, 90])
            kept = taken(uploaded(drawn))[1]
            assert kept.size == (min(*size, 512),) * 2
            for low, high, expected in zip(*bounds(kept), (10, 200, 90), strict=True):
                assert expected - 4 <= low <= high <= expected + 4


def bounds(drawn: Image.Image) -> tuple[list[int], list[int]]:
    found = drawn.convert("RGB").getextrema()
    return [low for low, _high in found], [high for _low, high in found]


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


def test_a_photograph_of_a_phone_with_24_million_pixels_is_taken():
    _name, kept = taken(uploaded(Image.new("RGB", (6000, 4000), "teal"), "JPEG"))
    assert kept.size == (512, 512)
    with pytest.raises(Unfit, match="pixels"):
        values.picture(uploaded(Image.new("RGB", (6000, 4000), "teal"), "JPEG", progressive=True))
