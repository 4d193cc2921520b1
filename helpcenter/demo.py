"""The articles of the demo company: what people ask most, for each kind of ticket (`manage.py demo`).

The words lie in `helpcenter/demo_articles/`, a folder such as `load_articles` takes, and come in by the same way.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import yaml
from django.utils import timezone

from helpcenter import loading
from helpcenter.anchors import anchor_of
from helpcenter.markdown import Target, written
from helpcenter.models import ArticlePage, ArticleViewCount, FaqPage, HomePage, TopicPage
from tickets.models import TicketCategory

FOLDER = Path(__file__).resolve().parent / "demo_articles"
#: Days that the views reach back.
DAYS = 21


def fill(*, today: dt.date | None = None) -> None:
    """Topics, articles and FAQ pages, with views up to today as if people had read them. A help center with pages is
    left alone."""
    if TopicPage.objects.exists():
        return
    loading.load(FOLDER)
    told = yaml.safe_load((FOLDER / "topics.yaml").read_text(encoding="utf-8"))
    home = HomePage.objects.get()
    for slug, words in told["topics"].items():
        topic = TopicPage.objects.child_of(home).get(slug=slug)
        _describe(topic, words)
        # The folders came by their names; people read them in the order of the list.
        topic.move(HomePage.objects.get(), pos="last-child")
    for page in told["questions"]:
        _ask(TopicPage.objects.child_of(home).get(slug=page["topic"]), page)
    _read(today or timezone.localdate())


def _describe(topic: TopicPage, words: dict[str, str]) -> None:
    topic.title = topic.draft_title = words["title"]
    topic.summary, topic.icon = words["summary"], words["icon"]
    topic.category = TicketCategory.objects.filter(name=words["category"]).first()
    topic.save_revision().publish()


def _ask(topic: TopicPage, told: dict[str, list[dict[str, str]]]) -> None:
    page = FaqPage(title=told["title"], slug=anchor_of(str(told["title"])), summary=told["summary"], live=False)
    page.questions = [
        (
            "question",
            {"question": each["question"], "answer": _html(each["answer"]), "anchor": anchor_of(each["question"])},
        )
        for each in told["questions"]
    ]
    page.reviewed_on = timezone.localdate() - dt.timedelta(days=12)
    topic.add_child(instance=page)
    page.save_revision().publish()


def _html(markdown: str) -> str:
    body = written(markdown, title="", link=lambda address: Target(address=address), picture=lambda *_given: None).body
    return "".join(block["value"] for block in body if block["type"] == "text")


def _read(today: dt.date) -> None:
    """Views that differ from page to page: the same every time."""
    for place, page in enumerate(ArticlePage.objects.live().order_by("path")):
        for days in range(0, DAYS, 3):
            views = max(1, (place * 7) % 23 + 4 - days // 3)
            ArticleViewCount.objects.create(page_id=page.pk, day=today - dt.timedelta(days=days), views=views)
