"""The pages of the help center: home, topics (two levels at most), articles, FAQ pages.

What a page shows beside its own words (breadcrumbs, neighbours, related, figures) is found by `helpcenter.showing`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel, PublishingPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page

from helpcenter import addresses
from helpcenter.blocks import BodyBlock, QuestionsBlock
from helpcenter.searching import SearchDocument

SUMMARY_MOST = 300
ADDRESS_TAKEN = _("This name is the address of another part of the site. Choose another.")


class TopicIcon(models.TextChoices):
    """Drawings of `static/site/topics.svg`."""

    BOOK = "book", _("book")
    SCREEN = "screen", _("screen")
    KEY = "key", _("key")
    PEOPLE = "people", _("people")
    LEAVE = "leave", _("sun")
    TRAVEL = "travel", _("suitcase")
    MONEY = "money", _("money")
    BUILDING = "building", _("building")
    TOOL = "tool", _("tool")
    CHAT = "chat", _("speech bubble")
    LEARN = "learn", _("mortarboard")
    STAR = "star", _("star")
    CHART = "chart", _("chart")
    SHIELD = "shield", _("shield")
    PAPER = "paper", _("paper")


class HelpPageForm(WagtailAdminPageForm):
    """The editor's form: says at the slug what the model would refuse."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.parent_page and addresses.is_taken(cleaned.get("slug") or "", self.parent_page.specific):
            self.add_error("slug", ADDRESS_TAKEN)
        return cleaned


class HelpPage(Page):
    """What all our pages have in common."""

    base_form_class = HelpPageForm

    #: Wagtail's own look at promotion and menus is of no use here.
    promote_panels: ClassVar[list[Any]] = [FieldPanel("slug")]
    settings_panels: ClassVar[list[Any]] = [PublishingPanel()]

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        parent = self.get_parent() if self.path else None
        if parent is not None and addresses.is_taken(self.slug, parent):
            raise ValidationError({"slug": ADDRESS_TAKEN})

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Late: what shows a page knows every kind of page.
        from helpcenter import showing

        return showing.serve(self, request, key=kwargs.get("key"))

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from helpcenter import showing

        return {**super().get_context(request, *args, **kwargs), **showing.context(self, request)}

    def search_documents(self) -> list[SearchDocument]:
        from helpcenter import outline

        return outline.documents(self)


class HomePage(HelpPage):
    """The first page: search, topics, what is read most. There is one, and it is the root of the site."""

    headline = models.CharField(_("headline"), max_length=120, default="")
    lead = models.CharField(_("words below it"), max_length=SUMMARY_MOST, blank=True, default="")

    template = "helpcenter/pages/home.html"
    max_count = 1
    parent_page_types: ClassVar[list[Any]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[Any]] = ["helpcenter.TopicPage", "helpcenter.FaqPage"]
    content_panels: ClassVar[list[Any]] = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lead")]
    promote_panels: ClassVar[list[Any]] = []

    class Meta:
        verbose_name = _("first page")

    def search_documents(self) -> list[SearchDocument]:
        return []


class TopicPage(HelpPage):
    """A shelf of articles, at most one within another. Its category is what "Ask" on its articles leads to."""

    icon = models.CharField(_("icon"), max_length=20, choices=TopicIcon, default=TopicIcon.BOOK)
    summary = models.CharField(_("summary"), max_length=SUMMARY_MOST, blank=True)
    category = models.ForeignKey(
        "tickets.TicketCategory",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("kind of ticket"),
        help_text=_("What one asks for when this did not help. Empty: as the topic above."),
    )

    template = "helpcenter/pages/topic.html"
    parent_page_types: ClassVar[list[Any]] = ["helpcenter.HomePage", "helpcenter.TopicPage"]
    subpage_types: ClassVar[list[Any]] = ["helpcenter.TopicPage", "helpcenter.ArticlePage", "helpcenter.FaqPage"]
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("icon"),
        FieldPanel("category"),
    ]

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    @classmethod
    def can_create_at(cls, parent: Page) -> bool:
        """A topic within a topic, and no deeper: who has to dig gives up."""
        is_second_level = isinstance(parent.specific, TopicPage) and parent.depth > addresses.DEPTH_OF_HOME + 1
        return super().can_create_at(parent) and not is_second_level

    def can_move_to(self, parent: Page) -> bool:
        is_below_topic = isinstance(parent.specific, TopicPage)
        too_deep = is_below_topic and (
            parent.depth > addresses.DEPTH_OF_HOME + 1 or self.get_children().type(TopicPage).exists()
        )
        return super().can_move_to(parent) and not too_deep


class AnsweringPage(HelpPage):
    """A page that is there to answer: with a summary, somebody who looks after it, and a day it was last looked at."""

    summary = models.CharField(
        _("summary"),
        max_length=SUMMARY_MOST,
        blank=True,
        help_text=_("One or two sentences: what this answers. Shown in lists and search results."),
    )
    keywords = models.CharField(
        _("other words for it"),
        max_length=500,
        blank=True,
        help_text=_("Words people may look for that the page does not use, separated by commas."),
    )
    reviewed_on = models.DateField(_("last reviewed"), null=True, blank=True)
    looked_after_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("looked after by"),
        limit_choices_to=models.Q(is_active=True) & (models.Q(is_help_center_editor=True) | models.Q(is_staff=True)),
    )

    settings_panels: ClassVar[list[Any]] = [
        PublishingPanel(),
        FieldPanel("reviewed_on"),
        FieldPanel("looked_after_by"),
    ]
    subpage_types: ClassVar[list[Any]] = []

    class Meta:
        abstract = True


class ArticlePage(AnsweringPage):
    """One article."""

    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    template = "helpcenter/pages/article.html"
    parent_page_types: ClassVar[list[Any]] = ["helpcenter.TopicPage"]
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("keywords"),
        InlinePanel("related", label=_("Related article"), heading=_("Related articles"), max_num=6),
    ]

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")


class RelatedArticle(Orderable):
    """An article an editor chose to stand below another."""

    article = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="related")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+", verbose_name=_("article"))

    panels: ClassVar[list[Any]] = [PageChooserPanel("page", ["helpcenter.ArticlePage", "helpcenter.FaqPage"])]

    class Meta(Orderable.Meta):
        verbose_name = _("related article")

    def __str__(self) -> str:
        return f"{self.article_id} → {self.page_id}"


class FaqPage(AnsweringPage):
    """Questions and answers, each with an address of its own (#anchor)."""

    questions = StreamField(QuestionsBlock(), verbose_name=_("questions"), blank=True)

    template = "helpcenter/pages/faq.html"
    parent_page_types: ClassVar[list[Any]] = ["helpcenter.HomePage", "helpcenter.TopicPage"]
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("questions"),
        FieldPanel("keywords"),
    ]

    class Meta:
        verbose_name = _("FAQ page")
        verbose_name_plural = _("FAQ pages")


class ArticleSource(models.Model):
    """Which file a page was loaded from, and which version of the page that made (`helpcenter.loading`). While the
    page's newest revision is still that one, no editor has changed it since."""

    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="source")
    path = models.CharField(_("file"), max_length=500, unique=True)
    digest = models.CharField(max_length=64)
    revision_id = models.BigIntegerField()
    loaded_at = models.DateTimeField(_("loaded"), auto_now=True)

    class Meta:
        verbose_name = _("file of an article")
        verbose_name_plural = _("files of articles")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
