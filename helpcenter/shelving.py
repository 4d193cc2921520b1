"""Where loaded articles stand: a topic for each folder, one more level for the folders in it, deeper ones flattened."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.text import slugify
from wagtail.models import Page

from helpcenter import addresses
from helpcenter.folders import SourceFile
from helpcenter.models import ArticlePage, HomePage, TopicIcon, TopicPage

#: Files that lie in no folder.
LOOSE = "general"
#: A word in a topic's name → its icon; the first that fits.
_ICONS = {
    "travel": TopicIcon.TRAVEL, "leave": TopicIcon.LEAVE, "holiday": TopicIcon.LEAVE, "tool": TopicIcon.TOOL,
    "software": TopicIcon.SCREEN, "computer": TopicIcon.SCREEN, "it": TopicIcon.SCREEN,
    "account": TopicIcon.KEY, "access": TopicIcon.KEY, "people": TopicIcon.PEOPLE, "team": TopicIcon.PEOPLE,
    "hiring": TopicIcon.PEOPLE, "supervisor": TopicIcon.PEOPLE, "training": TopicIcon.LEARN,
    "getting started": TopicIcon.STAR, "onboarding": TopicIcon.STAR, "performance": TopicIcon.CHART,
    "career": TopicIcon.CHART, "acquisition": TopicIcon.MONEY, "finance": TopicIcon.MONEY,
    "money": TopicIcon.MONEY, "office": TopicIcon.BUILDING, "center": TopicIcon.BUILDING,
    "security": TopicIcon.SHIELD, "comment": TopicIcon.CHAT, "information": TopicIcon.PAPER,
    "policy": TopicIcon.PAPER,
}  # fmt: skip


class Shelves:
    """The topics of one run."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        files = list(files)
        self._indexes = {file.parts[:-1]: file.title for file in files if file.is_index}
        self._spellings = _spellings(file.title for file in files)
        self._home = HomePage.objects.get()
        self._topics: dict[tuple[str, ...], TopicPage] = {}

    def by_folder(self) -> dict[str, int]:
        """The page of each folder, and the home page for the root."""
        return {"": self._home.pk, **{"/".join(folder).lower(): topic.pk for folder, topic in self._topics.items()}}

    def new_article(self, file: SourceFile) -> ArticlePage:
        """An empty, unpublished article where this file belongs."""
        topic = self.topic_of(file)
        name = "overview" if file.is_index else file.parts[-1].rpartition(".")[0]
        page = ArticlePage(title=file.title, slug=free_slug(topic, name), live=False, has_unpublished_changes=True)
        topic.add_child(instance=page)
        return page

    def topic_of(self, file: SourceFile) -> TopicPage:
        return self._topic(file.parts[:-1] or (LOOSE,))

    def _topic(self, folder: tuple[str, ...]) -> TopicPage:
        if folder not in self._topics:
            above = self._topic(folder[:1]) if len(folder) > 1 else self._home
            slug = _slug("-".join(folder[1:] or folder))
            if above.depth == addresses.DEPTH_OF_HOME and slug in addresses.taken_slugs():
                slug = f"{slug}-help"
            known = TopicPage.objects.child_of(above).filter(slug=slug).first()
            self._topics[folder] = known or self._new_topic(above, folder, slug)
        return self._topics[folder]

    def _new_topic(self, above: Page, folder: tuple[str, ...], slug: str) -> TopicPage:
        title = self._indexes.get(folder) or ": ".join(self._named(part) for part in (folder[1:] or folder))
        topic = TopicPage(title=title, slug=free_slug(above, slug), icon=_icon_of(title))
        above.add_child(instance=topic)
        topic.save_revision().publish()
        return topic

    def _named(self, part: str) -> str:
        words = [self._spellings.get(word.lower(), word) for word in re.split(r"[-_\s]+", part) if word]
        text = " ".join(words)
        return text[:1].upper() + text[1:]


def _spellings(titles: Iterable[str]) -> dict[str, str]:
    """Words that titles write with more than a first capital: 18F, TTS. Folders have them in small letters."""
    found: dict[str, str] = {}
    for title in titles:
        for word in re.findall(r"\w+", title):
            capitals = sum(letter.isupper() for letter in word)
            if capitals > 1 or (capitals and word[0].isdigit()):
                found.setdefault(word.lower(), word)
    return found


def _icon_of(title: str) -> TopicIcon:
    words = f" {title.lower()} "
    return next((icon for word, icon in _ICONS.items() if re.search(rf"\b{word}", words)), TopicIcon.BOOK)


def _slug(name: str) -> str:
    return slugify(name)[:80].strip("-") or "page"


def free_slug(parent: Page, name: str) -> str:
    """A slug that no page below this one has."""
    wanted = free = _slug(name)
    taken = set(Page.objects.child_of(parent).values_list("slug", flat=True))
    number = 1
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free
