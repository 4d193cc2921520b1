"""Pictures that editors upload, drawn anew: without where and when they were taken, or a program behind the pixels."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps
from wagtail.images.forms import BaseImageForm

from helpcenter.models.images import HelpImage

#: The longest side that is kept: twice what an article shows, for sharp screens.
LONGEST_SIDE = 2400
#: What articles and lists of pictures show, made when a picture comes in: looking at a page makes no files.
SIZES = ("max-1600x1600", "max-800x800", "max-165x165", "max-800x600", "original")
_FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
#: What Pillow raises for files that are broken, or made to break something.
_BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def drawn_anew(file: Any) -> ContentFile:
    """The picture as a new file, the right way up, no larger than needed. GIFs lose their movement."""
    try:
        file.seek(0)
        with Image.open(file, formats=list(_FORMATS)) as opened:
            return _drawn(opened)
    except _BROKEN as error:
        raise ValidationError(_("This is no picture that we can show. Use a JPEG, PNG, GIF or WebP file.")) from error


def _drawn(opened: Image.Image) -> ContentFile:
    if opened.width * opened.height > settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS:
        raise ValidationError(_("This picture has too many pixels. Make it smaller."))
    kind = opened.format if opened.format in {"JPEG", "PNG", "WEBP"} else "PNG"
    opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    opened.load()
    has_holes = opened.has_transparency_data and kind != "JPEG"
    turned = ImageOps.exif_transpose(opened).convert("RGBA" if has_holes else "RGB")
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new(turned.mode, turned.size)
    clean.paste(turned)
    written = BytesIO()
    clean.save(written, format=kind, quality=88, optimize=True)
    return ContentFile(written.getvalue(), name=f"picture.{_FORMATS[kind or 'PNG']}")


def prepare(image: HelpImage) -> None:
    """Make the sizes that pages show."""
    for size in SIZES:
        # One by one: made in bulk, they would not know their own keys, and their addresses have them.
        image.get_rendition(size)


class PictureForm(BaseImageForm):
    """Wagtail's, for one picture and for many at once."""

    def clean_file(self) -> Any:
        given = self.cleaned_data.get("file")
        if not given or "file" not in self.changed_data:
            return given
        return drawn_anew(given)

    def save(self, commit: bool = True) -> HelpImage:
        image: HelpImage = super().save(commit=commit)
        if commit and "file" in self.changed_data:
            prepare(image)
        return image
