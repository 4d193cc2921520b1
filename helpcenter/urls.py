"""The addresses of the help center's own pages: asking, following, searching. Articles are Wagtail's, last of all."""

from __future__ import annotations

from django.urls import path

from helpcenter.pages import asking, beside, following, notices, reading, search

urlpatterns = [
    # Asking. "new" before any number.
    path("my/tickets/new/", asking.new_ticket, name="new_ticket"),
    path("my/tickets/<str:ticket_number>/submitted/", asking.submitted, name="ticket_submitted"),
    path("my/tickets/<str:ticket_number>/edit/", asking.edit, name="my_ticket_edit"),
    # Following.
    path("my/tickets/", following.my_tickets, name="my_tickets"),
    path("my/tickets/<str:ticket_number>/", following.my_ticket, name="my_ticket"),
    path("my/tickets/<str:ticket_number>/comment/", following.comment_on_ticket, name="my_ticket_comment"),
    path("my/tickets/<str:ticket_number>/attach/", following.attach_to_ticket, name="my_ticket_attach"),
    *(
        path(
            f"my/tickets/<str:ticket_number>/{verb}/", following.act_on_ticket, {"verb": verb}, name=f"my_ticket_{verb}"
        )
        for verb in following.ACTS
    ),
    # Being told.
    path("my/notifications/", notices.my_notices, name="my_notices"),
    path("my/notifications/read/", notices.read_all_notices, name="read_all_notices"),
    path("my/notifications/settings/", notices.notice_settings, name="notice_settings"),
    path("my/notifications/<int:pk>/", notices.open_notice, name="open_notice"),
    # Searching.
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    path("search/solved/", search.solved_by_article, name="solved_by_article"),
    # Articles: what is asked besides the page itself.
    path("articles/<int:page_id>/feedback/", reading.give_feedback, name="article_feedback"),
    path("articles/for-ticket/<int:pk>/", beside.articles_for_ticket, name="articles_for_ticket"),
    path("pictures/<int:pk>/", reading.picture, name="help_picture"),
]
