"""What an article is made of: the building blocks editors choose from.

Each block has its template in `templates/helpcenter/blocks/`. What people write is cleaned where it is shown
(`helpcenter.words`); what a page offers for search is read from the same values (`helpcenter.outline`).
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageBlock

from helpcenter.anchors import anchor_of

#: What running text may hold, in an article and in the smaller places.
WRITING = ["h2", "h3", "h4", "bold", "italic", "link", "ol", "ul", "code", "blockquote"]
PLAIN_WRITING = ["bold", "italic", "link", "ol", "ul", "code"]
IN_A_CELL = ["bold", "italic", "link", "code"]


class Tone(models.TextChoices):
    """How a callout speaks. The value is also its icon and its colour."""

    INFO = "info", _("Good to know")
    TIP = "tip", _("Tip")
    WARNING = "warning", _("Watch out")
    DANGER = "danger", _("Danger")


class StepBlock(blocks.StructBlock):
    text = blocks.RichTextBlock(features=PLAIN_WRITING, label=_("What to do"))
    image = ImageBlock(required=False, label=_("Picture"))

    class Meta:
        label = _("Step")
        icon = "list-ol"


class StepsBlock(blocks.StructBlock):
    """Numbered steps, one below the other."""

    steps = blocks.ListBlock(StepBlock(), min_num=1, max_num=50, label=_("Steps"))

    class Meta:
        label = _("Steps")
        icon = "list-ol"


class CalloutBlock(blocks.StructBlock):
    """A word apart from the text. Its kind is said by an icon and a word, never by colour alone."""

    kind = blocks.ChoiceBlock(choices=Tone.choices, default=Tone.INFO, label=_("Kind"))
    title = blocks.CharBlock(required=False, max_length=120, label=_("Heading"), help_text=_("Otherwise its kind."))
    text = blocks.RichTextBlock(features=PLAIN_WRITING, label=_("Text"))

    class Meta:
        label = _("Callout")
        icon = "info-circle"


class FigureBlock(blocks.StructBlock):
    """A picture with what it shows in words, or marked as decoration."""

    image = ImageBlock(label=_("Picture"))
    caption = blocks.CharBlock(required=False, max_length=250, label=_("Caption"))

    class Meta:
        label = _("Picture")
        icon = "image"


class CodeBlock(blocks.StructBlock):
    language = blocks.CharBlock(required=False, max_length=30, label=_("Language"))
    code = blocks.TextBlock(max_length=20_000, label=_("Code"))

    class Meta:
        label = _("Code")
        icon = "code"


class TableBlock(TypedTableBlock):
    """A table; its first row is its head."""

    class Meta:
        label = _("Table")
        icon = "table"


class BodyBlock(blocks.StreamBlock):
    """The body of an article."""

    text = blocks.RichTextBlock(features=WRITING, label=_("Text"), icon="pilcrow")
    steps = StepsBlock()
    callout = CalloutBlock()
    picture = FigureBlock()
    table = TableBlock([("text", blocks.RichTextBlock(features=IN_A_CELL, label=_("Text")))])
    code = CodeBlock()

    class Meta:
        block_counts: dict[str, Any] = {}


class QuestionBlock(blocks.StructBlock):
    """A question and its answer. The anchor is made of the question once, and stays when the question is reworded."""

    question = blocks.CharBlock(max_length=200, label=_("Question"))
    answer = blocks.RichTextBlock(features=PLAIN_WRITING, label=_("Answer"))
    anchor = blocks.CharBlock(
        required=False,
        max_length=80,
        label=_("Name in links"),
        help_text=_("Stands behind # in links. Left empty, it is made of the question."),
    )

    class Meta:
        label = _("Question")
        icon = "help"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        cleaned["anchor"] = anchor_of(cleaned.get("anchor") or cleaned.get("question") or "")[:80]
        return cleaned


class QuestionsBlock(blocks.StreamBlock):
    question = QuestionBlock()

    def clean(self, value: Any, **options: Any) -> Any:
        cleaned = super().clean(value, **options)
        anchors = [child.value["anchor"] for child in cleaned]
        twice = sorted({anchor for anchor in anchors if anchors.count(anchor) > 1})
        if twice:
            message = _("Two questions have the same name in links: %(name)s. Reword one, or give it another name.")
            raise blocks.StreamBlockValidationError(
                non_block_errors=[ValidationError(message, params={"name": twice[0]})]
            )
        return cleaned
