"""The pages of the help center: who reads what, what stands on them, and that a click counts once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from helpcenter import outline, showing, views_counted
from helpcenter.models import ArticleFeedback, ArticleViewCount, HomePage, TopicPage
from helpcenter.models.pages import RelatedArticle
from tests.factories import people
from tests.helpcenter import writing
from tests.security.naughty import all_of_them
from tickets.models import TicketCategory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _views_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_counted, "SECONDS_BETWEEN_WRITES", 0.0)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


# A fresh house


def test_a_fresh_database_has_a_first_page_that_says_what_to_do(client: Client) -> None:
    page = text_of(client, "/")
    assert "What can we help you with?" in page
    assert "No articles here yet" in page
    assert "/cms/" not in page
    editor = people.person(is_help_center_editor=True)
    client.force_login(editor)
    assert f"/cms/pages/{writing.home().pk}/" in text_of(client, "/")


def test_the_first_page_shows_topics_with_something_in_them_and_what_is_read_most(client: Client) -> None:
    full, empty = writing.topic(), writing.topic("Nothing here", "nothing")
    assert empty.live
    read = writing.article(full)
    ArticleViewCount.objects.create(page_id=read.pk, day=timezone.localdate(), views=3)
    page = text_of(client, "/")
    assert "Computers" in page
    assert "1 article" in page
    assert "Nothing here" not in page
    assert page.index("Read most") < page.index('href="/computers/vpn/"', page.index("Read most"))


# Who reads


def addresses_with(slug: str, client: Client) -> list[str]:
    """On which pages a draft or a private article shows."""
    return [path for path in ("/", "/computers/", "/computers/other/") if slug in text_of(client, path)]


def test_a_draft_is_for_nobody_and_answers_as_if_it_were_not_there(client: Client) -> None:
    topic = writing.topic()
    writing.article(topic, "Other", "other", body="<p>Open to all.</p>")
    draft = writing.article(topic, "Canary", "canary", live=False)
    assert client.get("/computers/canary/").status_code == 404
    assert addresses_with("canary", client) == []
    client.force_login(people.person())
    assert client.get("/computers/canary/").status_code == 404
    assert client.post(f"/articles/{draft.pk}/feedback/", {"helpful": "yes"}).status_code == 404
    draft.get_latest_revision().publish()
    assert addresses_with("canary", client) == ["/", "/computers/", "/computers/other/"]


@pytest.mark.parametrize("kind", ["groups", "login"])
def test_a_private_page_is_for_those_it_is_kept_for(client: Client, kind: str) -> None:
    topic = writing.topic()
    link = writing.article(topic, "Canary", "canary", body="<p>Only for us: swordfish.</p>")
    writing.article(topic, "Other", "other", body=f'<p>See <a linktype="page" id="{link.pk}">there</a>.</p>')
    kept = PageViewRestriction.objects.create(page=link, restriction_type=kind)
    kept.groups.set(Group.objects.filter(name="Ticket Coordinator"))
    assert addresses_with("canary", client) == []
    answer = client.get("/computers/canary/")
    assert (answer.status_code, b"swordfish" in answer.content) == (302, False)
    assert client.post(f"/articles/{link.pk}/feedback/", {"helpful": "yes"}).status_code == 404
    client.force_login(people.person())
    assert (addresses_with("canary", client) == []) == (kind == "groups")
    client.force_login(people.coordinator(people.department()))
    assert "swordfish" in text_of(client, "/computers/canary/")
    assert addresses_with("canary", client) == ["/", "/computers/", "/computers/other/"]


# What stands on an article


def test_every_block_shows_with_headings_that_can_be_linked(client: Client) -> None:
    writing.article(writing.topic(), body=writing.every_block(writing.picture()))
    page = text_of(client, "/computers/vpn/")
    assert '<h2 id="before" tabindex="-1">Before</h2>' in page
    # Below h2 comes h3, whatever was chosen.
    assert '<h3 id="deep" tabindex="-1">Deep</h3>' in page
    assert page.count('href="#after"') == 2  # beside the article, and above it on a phone
    for said in ("Good to know", "Tip", "Watch out", "Danger", "Of kind danger", "<caption>Prices</caption>"):
        assert said in page
    assert 'alt="A green shield"' in page
    assert "ls &lt;b&gt;" in page
    assert '<th scope="col">How much</th>' in page


def test_a_picture_without_words_is_said_to_be_none(client: Client) -> None:
    image = {"image": writing.picture().pk, "decorative": True, "alt_text": ""}
    writing.article(writing.topic(), body=[{"type": "picture", "value": {"image": image, "caption": ""}}])
    assert 'alt=""' in text_of(client, "/computers/vpn/").split('class="words"')[1]


@pytest.mark.parametrize(
    "hostile",
    [
        "<p><script>alert(1)</script>x</p>",
        '<p onclick="alert(1)">x</p>',
        '<p><a href="javascript:alert(1)">x</a></p>',
        '<p><img src=x onerror="alert(1)">x</p>',
        '<p><a linktype="page" id="1&quot; onclick=&quot;alert(1)">x</a></p>',
        '<iframe src="https://elsewhere.example/"></iframe><p>x</p>',
    ],
)
def test_what_is_stored_past_the_editor_runs_nowhere(client: Client, hostile: str) -> None:
    writing.article(writing.topic(), body=hostile)
    words = text_of(client, "/computers/vpn/").split('class="words"')[1].split("</article>")[0]
    for bad in ("alert(", "javascript:", "onclick", "onerror", "<iframe", "<script"):
        assert bad not in words


def test_names_that_break_programs_are_shown_as_they_are(client: Client) -> None:
    topic = writing.topic()
    for number, words in enumerate(all_of_them()[::40]):
        shown = words.replace("\0", "").strip()[:200] or "x"
        page = writing.article(topic, shown, f"n{number}", summary=shown, body="<p>x</p>")
        assert client.get(f"/computers/{page.slug}/").status_code == 200
    assert "<script>alert" not in text_of(client, "/computers/")


def test_links_elsewhere_cannot_reach_back(client: Client) -> None:
    writing.article(writing.topic(), body='<p><a href="https://elsewhere.example/">there</a></p>')
    assert '<a href="https://elsewhere.example/" rel="noopener">there</a>' in text_of(client, "/computers/vpn/")


def test_a_link_to_a_page_follows_it_and_keeps_its_anchor(client: Client) -> None:
    topic, other = writing.topic(), writing.topic("Money", "money")
    there = writing.article(other, "There", "there", body="<h2>Place</h2><p>x</p>")
    link = f'<p><a linktype="page" id="{there.pk}" data-anchor="place">go</a></p>'
    writing.article(topic, body=link)
    assert 'href="/money/there/#place"' in text_of(client, "/computers/vpn/")
    there.move(topic, pos="last-child")
    assert 'href="/computers/there/#place"' in text_of(client, "/computers/vpn/")
    Page.objects.get(pk=there.pk).specific.unpublish()
    words = text_of(client, "/computers/vpn/").split('class="words"')[1].split("</article>")[0]
    assert ">go<" in words
    assert "/computers/there/" not in words


def test_breadcrumbs_neighbours_and_related_lead_on(client: Client) -> None:
    topic = writing.topic()
    inner = writing.topic("Network", "network", under=topic)
    pages = [writing.article(inner, f"Number {n}", f"n{n}") for n in range(1, 6)]
    page = text_of(client, "/computers/network/n2/")
    crumbs = page.split('class="crumbs"')[1].split("</nav>")[0]
    assert crumbs.index('href="/"') < crumbs.index('href="/computers/"') < crumbs.index('href="/computers/network/"')
    assert 'href="/computers/network/n1/" rel="prev"' in page
    assert 'href="/computers/network/n3/" rel="next"' in page
    related = page.split('id="related-title"')[1].split("</section>")[0]
    assert "Number 4" in related
    assert "Number 3" not in related
    chosen = writing.article(topic, "Chosen", "chosen")
    RelatedArticle.objects.create(article=pages[1], page=chosen)
    related = text_of(client, "/computers/network/n2/").split('id="related-title"')[1].split("</section>")[0]
    assert "Chosen" in related
    assert "Number 4" not in related


def test_asking_begins_with_the_category_of_the_topic(client: Client) -> None:
    category = TicketCategory.objects.get(name="IT Support")
    topic = writing.topic(category=category)
    inner = writing.topic("Network", "network", under=topic)
    writing.article(inner)
    link = f'href="/my/tickets/new/?category={category.pk}"'
    assert link in text_of(client, "/computers/network/vpn/")
    assert link in text_of(client, "/computers/")
    category.is_active = False
    category.save()
    page = text_of(client, "/computers/network/vpn/")
    assert link not in page
    assert 'href="/my/tickets/new/"' in page


def test_a_question_keeps_its_anchor_when_it_is_reworded(client: Client) -> None:
    page = writing.faq(writing.topic(), {"How long?": "<p>Until tomorrow.</p>", "How much?": "<p>Nothing.</p>"})
    page.questions[0].value["anchor"] = "how-long"
    page.questions[0].value["question"] = "How long does it take?"
    page.save_revision().publish()
    shown = text_of(client, "/computers/questions/")
    assert '<details class="question" id="how-long"' in shown
    assert "How long does it take?" in shown
    assert 'id="how-much"' in shown


def test_saving_a_question_gives_it_an_anchor_and_refuses_two_of_one_name() -> None:
    block = writing.faq(writing.topic(), {}).questions.stream_block
    made = block.clean(
        block.to_python([{"type": "question", "value": {"question": "How long?", "answer": "<p>x</p>"}}])
    )
    assert made[0].value["anchor"] == "how-long"
    twice = {"type": "question", "value": {"question": "How long?", "answer": "<p>x</p>", "anchor": ""}}
    with pytest.raises(ValidationError):
        block.clean(block.to_python([twice, twice]))


def test_each_page_says_what_the_search_should_know() -> None:
    topic = writing.topic(summary="Of computers")
    article = writing.article(topic, body=writing.every_block(writing.picture()), keywords="tunnel")
    (found,) = article.search_documents()
    assert found.headings.split("\n") == ["Before", "Deep", "After"]
    assert found.url == "/computers/vpn/"
    assert found.keywords == "tunnel"
    for word in ("weight", "Open it.", "Of kind tip.", "A green shield", "Train", "How much", "ls <b>"):
        assert word in found.text
    page, question = writing.faq(topic, {"How long?": "<p>Until tomorrow.</p>"}).search_documents()
    assert (page.anchor, page.text) == ("", "")
    assert (question.title, question.text, question.url) == (
        "How long?",
        "Until tomorrow.",
        "/computers/questions/#how-long",
    )
    assert topic.search_documents()[0].summary == "Of computers"
    assert writing.home().search_documents() == []


# Was it helpful


def test_a_stranger_says_once_what_they_think_and_may_change_their_mind(client: Client) -> None:
    page = writing.article(writing.topic())
    for said in ("yes", "no", "no"):
        answer = client.post(f"/articles/{page.pk}/feedback/", {"helpful": said})
        assert answer["Location"] == "/computers/vpn/#feedback"
    assert list(ArticleFeedback.objects.values_list("is_helpful", "reason")) == [(False, "")]
    assert "Sorry that this did not help." in text_of(client, "/computers/vpn/")
    client.post(f"/articles/{page.pk}/feedback/", {"helpful": "no", "reason": "No word on Linux."})
    assert ArticleFeedback.objects.get().reason == "No word on Linux."
    assert "will read what you wrote" in text_of(client, "/computers/vpn/")


def test_a_person_is_counted_once_from_every_browser_and_not_named(client: Client) -> None:
    page, person = writing.article(writing.topic()), people.person()
    for _browser in range(2):
        browser = Client()
        browser.force_login(person)
        browser.post(f"/articles/{page.pk}/feedback/", {"helpful": "yes"})
    client.post(f"/articles/{page.pk}/feedback/", {"helpful": "yes"})
    readers = set(ArticleFeedback.objects.values_list("reader", flat=True))
    assert len(readers) == 2
    assert all(len(reader) == 64 and person.company_id not in reader for reader in readers)


@pytest.mark.parametrize("given", [{}, {"helpful": "maybe"}, {"helpful": "no", "reason": "x" * 1001}])
def test_a_word_that_is_none_comes_back_with_what_was_typed(client: Client, given: dict[str, str]) -> None:
    page = writing.article(writing.topic())
    answer = client.post(f"/articles/{page.pk}/feedback/", given)
    assert answer.status_code == 422
    assert given.get("reason", "")[:1000] in answer.content.decode()
    assert not ArticleFeedback.objects.exists()


def test_looking_at_the_word_address_says_nothing(client: Client) -> None:
    page = writing.article(writing.topic())
    assert client.get(f"/articles/{page.pk}/feedback/").status_code == 405
    assert client.post("/articles/999999/feedback/", {"helpful": "yes"}).status_code == 404


# Views


def views() -> int:
    return sum(ArticleViewCount.objects.values_list("views", flat=True))


def test_a_look_by_a_person_is_counted_and_one_by_a_program_is_not(client: Client) -> None:
    writing.article(writing.topic())
    client.get("/computers/vpn/")
    client.get("/computers/vpn/")
    assert views() == 2
    client.head("/computers/vpn/")
    client.get("/computers/vpn/", headers={"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    client.get("/computers/vpn/", headers={"Sec-Purpose": "prefetch"})
    client.get("/computers/")
    assert views() == 2
    assert ArticleViewCount.objects.get().day == timezone.localdate()


def test_views_are_written_together_and_not_for_each_reader(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    writing.article(writing.topic())
    client.get("/computers/vpn/")
    monkeypatch.setattr(views_counted, "SECONDS_BETWEEN_WRITES", 3600.0)
    for _time in range(5):
        client.get("/computers/vpn/")
    assert views() == 1
    views_counted.flush()
    assert views() == 6


# Shape


def test_topics_go_two_levels_deep_and_no_deeper() -> None:
    outer = writing.topic()
    inner = writing.topic("Inner", "inner", under=outer)
    assert TopicPage.can_create_at(outer)
    assert not TopicPage.can_create_at(inner)
    beside = writing.topic("Beside", "beside")
    assert beside.can_move_to(outer)
    assert not beside.can_move_to(inner)
    assert not outer.can_move_to(beside)


@pytest.mark.parametrize("slug", ["accounts", "admin", "api", "cms", "my", "people", "search", "static"])
def test_no_topic_lies_under_an_address_of_ours(slug: str) -> None:
    page = writing.topic()
    page.slug = slug
    with pytest.raises(ValidationError) as refused:
        page.full_clean()
    assert "slug" in refused.value.message_dict


def test_the_number_of_statements_does_not_grow(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_counted, "SECONDS_BETWEEN_WRITES", 3600.0)
    topic = writing.topic()
    blocks = writing.every_block(writing.picture())
    writing.article(topic, body=blocks)
    writing.article(writing.topic("More", "more", under=topic), "Inner", "inner")

    def statements(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        return len(asked)

    paths = ["/", "/computers/", "/computers/vpn/"]
    before = [statements(path) for path in paths]
    links = "".join(
        f'<p><a linktype="page" id="{writing.article(topic, f"N {n}", f"n{n}").pk}">x</a></p>' for n in range(8)
    )
    page = writing.article(topic, "Long", "long", body=[*blocks, {"type": "text", "value": links}, *blocks])
    writing.article(writing.topic("Even more", "even-more", under=topic), "Inner", "inner")
    assert page.live
    assert [statements(path) for path in paths] == before
    assert statements("/computers/long/") <= 14
    assert before[2] <= 13


def test_figures_put_first_what_did_not_help() -> None:
    topic = writing.topic()
    good, bad = writing.article(topic, "Good", "good"), writing.article(topic, "Bad", "bad")
    for number in range(3):
        ArticleFeedback.objects.create(page_id=good.pk, is_helpful=True, reader=f"g{number}")
        ArticleFeedback.objects.create(page_id=bad.pk, is_helpful=False, reader=f"b{number}")
        day = timezone.localdate() - dt.timedelta(days=number * 20)
        ArticleViewCount.objects.create(page_id=good.pk, day=day, views=10)
    found: dict[str, Any] = {page.title: page for page in showing.figures()}
    assert (found["Good"].yes, found["Good"].no, found["Good"].latest_views) == (3, 0, 20)
    assert (found["Bad"].yes, found["Bad"].no) == (0, 3)


def test_headings_of_one_name_get_anchors_of_their_own() -> None:
    page = writing.article(
        writing.topic(), body="<h2>Steps</h2><p>a</p><h2>Steps</h2><p>b</p><h3>Übersicht & mehr</h3>"
    )
    found = outline.shown(page.body, None).headings
    assert [heading.anchor for heading in found] == ["steps", "steps-1", "übersicht--mehr"]


def test_there_is_one_first_page_and_the_site_begins_with_it() -> None:
    assert HomePage.objects.count() == 1
    assert not HomePage.can_create_at(Page.get_first_root_node())
