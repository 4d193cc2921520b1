"""What the verbs take: each value read into what is stored, or refused with a sentence.

Readers for `audit.reading`: they raise Unfit, or Django's ValidationError.
"""

from __future__ import annotations

import io
import struct
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from audit.reading import Reading, Unfit, bounded_text
from people.enums import EMAIL_LENGTH, NAME_LENGTH, PASSWORD_LENGTH, REASON_LENGTH, GrantedGroup, Role, Suffix
from people.models import Department, Employee
from people.models.department import plain_address
from people.models.managers import normal_address

PICTURE_BYTES = 5 * 1024 * 1024
#: A small file can unfold into gigabytes of pixels; of so many, four bytes each, into 64 MB.
PICTURE_PIXELS = 16_000_000
#: Of a photograph that need not be unfolded as a whole.
PHOTO_PIXELS = 3 * PICTURE_PIXELS
PICTURE_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
#: What is kept of a picture, a square: it is shown small.
PICTURE_SIZE = (512, 512)
#: Rows of what is kept that are drawn at a time.
_STRIP = 32
#: One picture is unfolded at a time: a handful at once, from whoever sends them, would take the machine's memory.
_ONE_AT_A_TIME = threading.BoundedSemaphore(1)

#: What the library raises over files that are broken, by chance or by design.
_BROKEN_PICTURE = (
    UnidentifiedImageError, OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError,
    struct.error,
)  # fmt: skip
#: How a camera was held → how its picture is put upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

#: For change_department, to take a change back alone: somebody had no department before it.
NO_DEPARTMENT: Any = object()

#: Points of Unicode that are no characters; XML (a picture of initials) breaks on them.
_NO_CHARACTERS = "\ufffe\uffff"

# Marks that turn the direction of what follows: in a name they would rearrange the words around it.
_BIDI_CONTROLS = dict.fromkeys(
    [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)],
)


# Words


def _visible(text: str) -> bool:
    """Whether anything of it can be seen: spaces, joiners and other invisible characters alone are no name."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)


def optional_name(text: Any) -> str:
    """A name of up to 100 characters on one line, or "". Kept as written but for the space around it and marks that
    turn the reading direction."""
    line = bounded_text(text.strip() if isinstance(text, str) else text, NAME_LENGTH[1])
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} or character in _NO_CHARACTERS for character in line):
        raise Unfit(_("A name is one line: remove line breaks and control characters."))
    line = line.translate(_BIDI_CONTROLS).strip()
    if line and not _visible(line):
        raise Unfit(_("This name can't be seen. Write it with letters."))
    return line


def name(text: Any) -> str:
    line = optional_name(text)
    if not line:
        raise Unfit(_("Write a name here."))
    return line


def chosen_suffix(text: Any) -> str:
    if text not in ("", *Suffix.values):
        raise Unfit(_("Choose one of: %(words)s.") % {"words": ", ".join(Suffix.values)})
    return str(text)


def reason(text: Any) -> str:
    words = bounded_text(text, REASON_LENGTH[1]).strip()
    if not words:
        raise Unfit(_("Say why. The reason is kept with the change."))
    return words


def optional_reason(text: Any) -> str:
    return reason(text) if isinstance(text, str) and text.strip() else ""


def email(address: Any) -> str:
    """One plain address as it is stored."""
    address = normal_address(bounded_text(address.strip() if isinstance(address, str) else address, EMAIL_LENGTH[1]))
    try:
        validate_email(address)
        plain_address(address)
    except ValidationError:
        raise Unfit(_("Enter an e-mail address, such as name@example.com.")) from None
    return address


def applicants_email(address: Any) -> str:
    """An address that may apply: of one of REGISTRATION_DOMAINS, where there are any."""
    address = email(address)
    domains = [domain.lower() for domain in settings.REGISTRATION_DOMAINS]
    if domains and address.rpartition("@")[2] not in domains:
        raise Unfit(_("Use your work address. It ends with %(domains)s.") % {"domains": _or(domains)})
    return address


def _or(words: list[str]) -> str:
    return _(" or ").join(f"@{word}" for word in words)


def free_email(address: Any, person: Employee) -> str:
    """An address that nobody else has."""
    address = email(address)
    if address == person.email:
        raise Unfit(_("This is their address already."))
    if Employee.objects.with_address(address).exclude(pk=person.pk).exists():
        raise Unfit(somebody_has_it())
    return address


def somebody_has_it() -> str:
    """Said only to those who may know who is here."""
    return _("Somebody has this address already.")


# Choices


def department(chosen: Any, known: Mapping[int, Department] | None = None) -> Department:
    """A department in use, as it is now; `known`: when the caller has read it already."""
    found = None
    if isinstance(chosen, Department):
        found = Department.objects.filter(pk=chosen.pk).first() if known is None else known.get(chosen.pk)
    if found is None:
        raise Unfit(_("Choose a department."))
    if not found.is_active:
        raise Unfit(_("This department is not used any more. Choose another one."))
    return found


def optional_department(chosen: Any, known: Mapping[int, Department] | None = None) -> Department | None:
    return None if chosen is None else department(chosen, known)


def role(word: Any) -> Role:
    if word not in Role.values:
        raise Unfit(_("Choose a role."))
    return Role(word)


def another_role(word: Any, before: str) -> Role:
    if word == before:
        raise Unfit(_("They have this role already."))
    return role(word)


def another_department(chosen: Any, before: Department | None) -> Department | None:
    if chosen is NO_DEPARTMENT:
        return None
    if before is not None and chosen == before:
        raise Unfit(_("They are in this department already."))
    return department(chosen)


def nothing_to_do(verb: str) -> str:
    return _("They have this already.") if verb == "grant" else _("They don't have this.")


def group(word: Any) -> GrantedGroup:
    if word not in GrantedGroup.values:
        raise Unfit(_("Choose one of: %(words)s.") % {"words": ", ".join(GrantedGroup.values)})
    return GrantedGroup(word)


# Secrets and pictures


def password(raw: Any, person: Employee | None = None) -> str:
    """8 to 128 characters by Django's validators; taken as it is, with its spaces and whatever else is in it."""
    least, most = PASSWORD_LENGTH
    if not isinstance(raw, str):
        raise Unfit(_("Choose a password."))
    # Bounded before anything computes with it.
    if len(raw) > most:
        raise Unfit(_("This password is too long: at most %(most)d characters.") % {"most": most})
    if any("\ud800" <= character <= "\udfff" for character in raw):
        raise Unfit(_("This has a character that can't be stored. Remove it and try again."))
    if len(raw) < least:
        raise Unfit(_("This password is too short: at least %(least)d characters.") % {"least": least})
    validate_password(raw, user=person)
    return raw


def picture(file: Any) -> ContentFile | None:
    """A picture drawn anew: the right way up, the middle of it as a square of at most 512 by 512, without whatever else
    was in the file (where it was taken, and when; programs behind the pixels). None for none."""
    if not file:
        return None
    with _ONE_AT_A_TIME, _opened(file) as opened:
        return _drawn_anew(opened)


def glanced_picture(file: Any) -> None:
    """What can be said against a picture by its size and its first bytes, before it costs memory to look closer."""
    if file:
        with _opened(file):
            pass


@contextmanager
def _opened(file: Any) -> Iterator[Image.Image]:
    """Its head is read, its pixels are not. What the library raises until it is closed becomes a sentence."""
    if file.size > PICTURE_BYTES:
        raise Unfit(_("This picture is too large: at most %(most)d MB.") % {"most": PICTURE_BYTES // 1024**2})
    try:
        file.seek(0)
        with Image.open(file, formats=PICTURE_FORMATS) as opened:
            if opened.width * opened.height > _most_pixels(opened):
                raise _too_many_pixels()
            yield opened
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Unfit:
        raise
    except _BROKEN_PICTURE as error:
        raise Unfit(_("This is no picture that we can show. Use a JPEG, PNG, GIF or WebP file.")) from error


def _most_pixels(opened: Image.Image) -> int:
    """A plain JPEG, as cameras and phones write it, is unfolded no larger than needed; the others are as a whole."""
    is_plain_jpeg = opened.format == "JPEG" and not opened.info.get("progressive")
    return PHOTO_PIXELS if is_plain_jpeg else PICTURE_PIXELS


def _too_many_pixels() -> Unfit:
    words = {"most": PICTURE_PIXELS // 1_000_000, "side": int(PICTURE_PIXELS**0.5)}
    sentence = _(
        "This picture has too many pixels: at most %(most)d million, such as %(side)d by %(side)d. Make it smaller."
    )
    return Unfit(sentence % words)


def _drawn_anew(opened: Image.Image) -> ContentFile:
    turned = _TURNS.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    opened.draft(None, PICTURE_SIZE)  # a JPEG is unfolded no larger than needed
    opened.load()
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    drawn = _middle(opened, mode)
    side = min(drawn.size)
    drawn = ImageOps.fit(drawn, PICTURE_SIZE if side >= PICTURE_SIZE[0] else (side, side))
    if turned is not None:
        drawn = drawn.transpose(turned)
    if mode == "RGBA" and drawn.getchannel("A").getextrema() == (255, 255):
        drawn = drawn.convert("RGB")  # see-through by its kind alone
    # Comments and profiles would be written again.
    drawn.info.clear()
    written = io.BytesIO()
    if drawn.mode == "RGBA":
        drawn.save(written, "PNG")
        return ContentFile(written.getvalue(), name="picture.png")
    drawn.save(written, "JPEG", quality=85)
    return ContentFile(written.getvalue(), name="picture.jpg")


def _middle(opened: Image.Image, mode: str) -> Image.Image:
    """The square in the middle, at most twice as wide as what is kept. Strip by strip: changed as a whole, a picture
    would stand in memory several times."""
    side = min(opened.size)
    factor = max(side // PICTURE_SIZE[0], 1)
    across = side // factor
    left, top = ((length - across * factor) // 2 for length in opened.size)
    drawn = Image.new(mode, (across, across))
    for row in range(0, across, _STRIP):
        upper, lower = (top + each * factor for each in (row, min(row + _STRIP, across)))
        strip = opened.crop((left, upper, left + across * factor, lower))
        # 16 bits a grey; converted as they are, all but the darkest would become white.
        levels = strip.point(lambda level: level * (1 / 256)) if strip.mode.startswith("I") else strip
        drawn.paste(levels.convert(mode).reduce(factor), (0, row))
    return drawn


def names(reading: Reading, *, first_name: Any, last_name: Any, middle_name: Any, suffix: Any) -> dict[str, str]:
    """The four parts of a name, as columns."""
    return {
        "first_name": reading.take("first_name", name, first_name),
        "last_name": reading.take("last_name", name, last_name),
        "middle_name": reading.take("middle_name", optional_name, middle_name),
        "suffix": reading.take("suffix", chosen_suffix, suffix),
    }
