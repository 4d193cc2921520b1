"""What happens to a page, and what the index makes of it. Business is nowhere else done by signals: Wagtail has no door
of its own to stand in."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_unpublished, post_page_move

from helpcenter.models import SearchEntry, TopicPage
from helpcenter.search import index


def connect() -> None:
    page_published.connect(_published, dispatch_uid="helpcenter.search.published")
    page_unpublished.connect(_withdrawn, dispatch_uid="helpcenter.search.withdrawn")
    post_page_move.connect(_moved, dispatch_uid="helpcenter.search.moved")
    pre_delete.connect(_deleted, sender=Page, dispatch_uid="helpcenter.search.deleted")
    post_save.connect(_kept_private, sender=PageViewRestriction, dispatch_uid="helpcenter.search.private")
    post_delete.connect(_kept_private, sender=PageViewRestriction, dispatch_uid="helpcenter.search.public")


def _published(instance: Page, **kwargs: Any) -> None:
    was = SearchEntry.objects.filter(page=instance.pk, anchor="").values_list("title", flat=True).first()
    # The articles of a topic are found by its name, too.
    if isinstance(instance, TopicPage) and was not in {None, instance.title}:
        index.put_all(index.below(instance))
    else:
        index.put(instance)


def _withdrawn(instance: Page, **kwargs: Any) -> None:
    # Not `put`: sent before a page is deleted, too, when its row still says that it is live.
    index.forget(instance.pk)


def _moved(instance: Page, **kwargs: Any) -> None:
    # As it came it still knows its old place in the tree.
    index.put_all(index.below(Page.objects.get(pk=instance.pk)))


def _deleted(instance: Page, **kwargs: Any) -> None:
    index.forget(instance.pk)


def _kept_private(instance: PageViewRestriction, *, raw: bool = False, **kwargs: Any) -> None:
    page = Page.objects.filter(pk=instance.page_id).first()
    if page is not None and not raw:
        index.put_all(index.below(page))
