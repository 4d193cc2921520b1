"""The search's own index, the same on every database (docs/decisions/0015), and what was asked of it.

Written by `helpcenter.search.index` and `helpcenter.search.asked_for` alone. All but the counts can be made anew at any
time: `manage.py rebuild_search`.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpcenter.search.words import LENGTH_MOST


class SearchEntry(models.Model):
    """One thing that is found by itself: an article, a topic, or one answer of an FAQ page."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="search_entries")
    anchor = models.CharField(max_length=255, blank=True)
    title = models.TextField(_("title"))
    summary = models.TextField(_("summary"), blank=True)
    text = models.TextField(_("text"), blank=True)

    class Meta:
        verbose_name = _("entry of the search")
        verbose_name_plural = _("entries of the search")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["page", "anchor"], name="helpcenter_search_entry_once")]

    def __str__(self) -> str:
        return self.title


class SearchPosting(models.Model):
    """A word's stem stands in an entry: how much that weighs, and where in the text."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE, related_name="postings")
    stem = models.CharField(max_length=LENGTH_MOST)
    #: A whole number: sums are then the same on every database, in whatever order it adds.
    weight = models.PositiveIntegerField()
    #: The forms in which it stands there, as "approve approved".
    forms = models.TextField(blank=True)
    #: Places in the text, counted in words, as "3 17 204".
    places = models.TextField(blank=True)

    class Meta:
        verbose_name = _("place in the index")
        verbose_name_plural = _("places in the index")
        constraints = [models.UniqueConstraint(fields=["stem", "entry"], name="helpcenter_search_posting_once")]

    def __str__(self) -> str:
        return f"{self.stem}: {self.entry_id}"


class SearchWord(models.Model):
    """A word as it stands in some entry: for typing errors, beginnings of words, and marking."""

    word = models.CharField(max_length=LENGTH_MOST, unique=True)
    stem = models.CharField(max_length=LENGTH_MOST, db_index=True)
    #: Its first two letters.
    head = models.CharField(max_length=2)
    length = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("word of the help center")
        verbose_name_plural = _("words of the help center")
        ordering = ["word"]
        indexes = [models.Index(fields=["head", "length"], name="helpcenter_word_head")]

    def __str__(self) -> str:
        return self.word


class SearchCount(models.Model):
    """How often something was looked for on a day, and how much was found. Never by whom."""

    ASKED_MOST = 200

    day = models.DateField(_("day"))
    asked = models.CharField(_("asked"), max_length=ASKED_MOST)
    times = models.PositiveIntegerField(_("times"), default=0)
    found = models.PositiveIntegerField(_("results, the last time"), default=0)

    class Meta:
        verbose_name = _("search")
        verbose_name_plural = _("searches")
        ordering = ["-day", "-times", "asked"]
        constraints = [models.UniqueConstraint(fields=["day", "asked"], name="helpcenter_search_count_once_a_day")]

    def __str__(self) -> str:
        return self.asked


class SolvedCount(models.Model):
    """How often somebody said, while asking for help, that an article solved it. Never who."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="solved_counts")
    day = models.DateField(_("day"))
    times = models.PositiveIntegerField(_("times"), default=0)

    class Meta:
        verbose_name = _("solved by an article")
        verbose_name_plural = _("solved by articles")
        ordering = ["-day", "-times"]
        constraints = [models.UniqueConstraint(fields=["page", "day"], name="helpcenter_solved_once_a_day")]

    def __str__(self) -> str:
        return f"{self.page_id}, {self.day}: {self.times}"
