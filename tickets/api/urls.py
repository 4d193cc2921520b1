"""The addresses of the API about tickets."""

from __future__ import annotations

from django.urls import path

from tickets.api import categories, conversation, files, tickets, verbs

urlpatterns = [
    path("tickets/", tickets.Tickets.as_view(), name="api_tickets"),
    path("tickets/<str:ticket_number>/", tickets.OneTicket.as_view(), name="api_ticket"),
    path("tickets/<str:ticket_number>/comments/", conversation.Comments.as_view(), name="api_comments"),
    path("tickets/<str:ticket_number>/attachments/", files.Attachments.as_view(), name="api_attachments"),
    *(
        path(f"tickets/<str:ticket_number>/{verb}/", verbs.view_of(verb), name=f"api_ticket_{verb}")
        for verb in verbs.VERBS
    ),
    path("attachments/<uuid:token>/download/", files.Download.as_view(), name="api_attachment"),
    path("categories/", categories.Categories.as_view(), name="api_categories"),
]
