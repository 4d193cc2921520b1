"""The addresses of files. Tickets' own pages are the help center's and the back office's."""

from __future__ import annotations

from django.urls import path

from tickets.pages import attachments
from tickets.workflow import views as workflow

urlpatterns = [
    path("attachments/<uuid:token>/", attachments.download, name="attachment"),
    path("files/<str:signed>/", workflow.file, name="workflow_file"),
    path("my/uploads/", attachments.upload, name="upload"),
    path("my/uploads/<uuid:token>/discard/", attachments.discard, name="discard_upload"),
]
