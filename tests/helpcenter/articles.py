"""Topics, articles and FAQ pages for tests, published as an editor publishes them."""

from __future__ import annotations

from typing import Any

from django.utils.text import slugify
from wagtail.models import Page
from wagtail.rich_text import RichText

from helpcenter.models import ArticlePage, FaqPage, HomePage, TopicPage
from helpcenter.search import results


def topic(title: str = "Equipment", *, above: Page | None = None, **fields: Any) -> TopicPage:
    return _published(TopicPage(title=title, slug=slugify(title), **fields), above or HomePage.objects.get())


def article(title: str, text: str = "", *, above: Page | None = None, live: bool = True, **fields: Any) -> ArticlePage:
    """`text`: HTML of its one block of running text."""
    page = ArticlePage(title=title, slug=slugify(title), **fields)
    page.body = [("text", RichText(text))] if text else []
    return _published(page, above or TopicPage.objects.first() or topic(), live=live)


def faq(title: str, questions: list[tuple[str, str]], *, above: Page | None = None) -> FaqPage:
    """`questions`: each with its answer, which is HTML."""
    page = FaqPage(title=title, slug=slugify(title))
    page.questions = [
        ("question", {"question": asked, "answer": RichText(answer), "anchor": ""}) for asked, answer in questions
    ]
    return _published(page, above or TopicPage.objects.first() or topic())


def _published(page: Any, above: Page, *, live: bool = True) -> Any:
    page.live = False
    Page.objects.get(pk=above.pk).add_child(instance=page)
    revision = page.save_revision()
    if live:
        revision.publish()
    return type(page).objects.get(pk=page.pk)


def titles(text: str) -> list[str]:
    """What a search finds, the best first."""
    return [each.plain_title for each in results.articles(text).articles]
