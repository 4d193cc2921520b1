"""Pages of the help center for tests: published unless said otherwise."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from helpcenter import pictures
from helpcenter.models import ArticlePage, FaqPage, HelpImage, HomePage, TopicPage


def home() -> HomePage:
    return HomePage.objects.get()


def topic(title: str = "Computers", slug: str = "computers", *, under: Any = None, **values: Any) -> TopicPage:
    page = TopicPage(title=title, slug=slug, **values)
    (under or home()).add_child(instance=page)
    page.save_revision().publish()
    return TopicPage.objects.get(pk=page.pk)


def article(
    under: TopicPage, title: str = "Connect by VPN", slug: str = "vpn", *, live: bool = True, **values: Any
) -> Any:
    """`body`: raw blocks, as StreamField keeps them; or rich text for a single block."""
    body = values.pop("body", "<p>Choose the shield.</p>")
    blocks = [{"type": "text", "value": body}] if isinstance(body, str) else body
    page = ArticlePage(title=title, slug=slug, live=False, body=json.dumps(blocks), **values)
    under.add_child(instance=page)
    revision = page.save_revision()
    if live:
        revision.publish()
    return ArticlePage.objects.get(pk=page.pk)


def faq(under: Any, questions: dict[str, str], title: str = "Questions", slug: str = "questions") -> FaqPage:
    page = FaqPage(title=title, slug=slug, live=False)
    page.questions = [
        ("question", {"question": asked, "answer": said, "anchor": ""}) for asked, said in questions.items()
    ]
    under.add_child(instance=page)
    page.save_revision().publish()
    return FaqPage.objects.get(pk=page.pk)


def png(colour: str = "teal", size: tuple[int, int] = (40, 30)) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", size, colour).save(drawn, format="PNG")
    return drawn.getvalue()


def picture(title: str = "A shield") -> HelpImage:
    image = HelpImage(title=title, file=ContentFile(png(), name="shield.png"))
    image._set_image_file_metadata()
    image.save()
    pictures.prepare(image)
    return image


def every_block(image: HelpImage) -> list[dict[str, Any]]:
    """One of each."""
    shown = {"image": image.pk, "decorative": False, "alt_text": "A green shield"}
    return [
        {"type": "text", "value": "<h2>Before</h2><p>Words with <b>weight</b> and <code>code</code>.</p><h4>Deep</h4>"},
        {
            "type": "steps",
            "value": {"steps": [{"text": "<p>Open it.</p>", "image": shown}, {"text": "<p>Shut it.</p>"}]},
        },
        *(
            {"type": "callout", "value": {"kind": kind, "title": "", "text": f"<p>Of kind {kind}.</p>"}}
            for kind in ("info", "tip", "warning", "danger")
        ),
        {"type": "picture", "value": {"image": shown, "caption": "The shield"}},
        {
            "type": "table",
            "value": {
                "columns": [{"type": "text", "heading": "What"}, {"type": "text", "heading": "How much"}],
                "rows": [{"values": ["<p>Train</p>", "<p>12</p>"]}],
                "caption": "Prices",
            },
        },
        {"type": "code", "value": {"language": "sh", "code": "ls <b>\n"}},
        {"type": "text", "value": "<h2>After</h2><p>The end.</p>"},
    ]
