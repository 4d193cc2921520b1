"""What strangers may read, as one word that changes with it. Pages that are kept ready carry it in their key.

A change and its word are one transaction: whoever sees the new pages sees the new word, in every process, and a page
made of the old ones is never looked for again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.signals import post_page_move

from helpcenter.models import EditionChange, HelpImage, RelatedArticle
from tickets.models import TicketCategory

#: Changes of so long ago are put together: those still on their way beside them have ended long since.
KEPT = timedelta(hours=1)
#: A page names its neighbours, the topics above, what is linked, pictures, and the kind of ticket one asks with.
_NAMED_ON_PAGES = (Page, PageViewRestriction, Site, RelatedArticle, HelpImage, TicketCategory)


def current() -> str:
    """The present edition; one statement. To be asked before anything of the pages is read."""
    found = EditionChange.objects.order_by().aggregate(count=Count("pk"), sum=Sum("nonce"))
    return f"{found['count']}-{found['sum'] or 0:x}"


def changed() -> None:
    """From the end of this transaction on there is another edition."""
    EditionChange.objects.create()


def forget_old() -> int:
    """Put old changes together; reading them all stays cheap. Answers how many went."""
    with transaction.atomic():
        old = EditionChange.objects.filter(changed_at__lt=timezone.now() - KEPT)
        # One alone is what an earlier hour was put together into: to do that again would be a change of nothing.
        if old.count() < 2:
            return 0
        removed = old.delete()[0]
        changed()
    return removed


def connect() -> None:
    for signal in (post_save, post_delete):
        signal.connect(_noticed, dispatch_uid="helpcenter.editions")
    post_page_move.connect(_moved, dispatch_uid="helpcenter.editions")


def _noticed(sender: type[Any], **kwargs: Any) -> None:
    if issubclass(sender, _NAMED_ON_PAGES):
        changed()


def _moved(sender: type[Any], **kwargs: Any) -> None:
    changed()
