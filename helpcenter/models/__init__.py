"""The help center's tables: pages (kept in a tree by Wagtail), pictures, and what readers did."""

from __future__ import annotations

from helpcenter.models.edition import EditionChange
from helpcenter.models.images import HelpImage, HelpRendition
from helpcenter.models.pages import (
    AnsweringPage,
    ArticlePage,
    ArticleSource,
    FaqPage,
    HelpPage,
    HomePage,
    RelatedArticle,
    TopicIcon,
    TopicPage,
)
from helpcenter.models.reading import ArticleFeedback, ArticleViewCount
from helpcenter.models.search import SearchCount, SearchEntry, SearchPosting, SearchWord, SolvedCount

__all__ = [
    "AnsweringPage",
    "ArticleFeedback",
    "ArticlePage",
    "ArticleSource",
    "ArticleViewCount",
    "EditionChange",
    "FaqPage",
    "HelpImage",
    "HelpPage",
    "HelpRendition",
    "HomePage",
    "RelatedArticle",
    "SearchCount",
    "SearchEntry",
    "SearchPosting",
    "SearchWord",
    "SolvedCount",
    "TopicIcon",
    "TopicPage",
]
