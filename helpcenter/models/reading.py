"""What readers did with a page: how often it was read, and whether it helped. Never who."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArticleViewCount(models.Model):
    """How often a page was read on a day. Written by `helpcenter.views_counted`, many views at once."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="view_counts")
    day = models.DateField(_("day"))
    views = models.PositiveIntegerField(_("views"), default=0)

    class Meta:
        verbose_name = _("views of a page")
        verbose_name_plural = _("views of pages")
        ordering = ["-day", "-views"]
        constraints = [models.UniqueConstraint(fields=["page", "day"], name="helpcenter_views_once_a_day")]
        indexes = [models.Index(fields=["day"], name="helpcenter_views_day")]

    def __str__(self) -> str:
        return f"{self.page_id}, {self.day}: {self.views}"


class ArticleFeedback(models.Model):
    """One reader's word on a page. `reader` is a keyed hash: it tells two readers apart and names neither."""

    REASON_MOST = 1000

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="feedback")
    is_helpful = models.BooleanField(_("helpful"))
    reason = models.TextField(_("reason"), max_length=REASON_MOST, blank=True)
    reader = models.CharField(max_length=64)
    given_at = models.DateTimeField(_("given"), auto_now=True)

    class Meta:
        verbose_name = _("word on a page")
        verbose_name_plural = _("words on pages")
        ordering = ["-given_at"]
        constraints = [models.UniqueConstraint(fields=["page", "reader"], name="helpcenter_feedback_once_a_reader")]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.is_helpful}"
