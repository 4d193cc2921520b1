"""Pictures of articles. The file as uploaded is drawn anew (`helpcenter.pictures`) and never handed out; readers get
renditions, through `helpcenter.pages.pictures`, which asks whether a page they may read shows the picture."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition


class HelpImage(AbstractImage):
    #: Wagtail's, without a way back from the person: what people have is said where people are.
    uploaded_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )

    admin_form_fields = ("title", "file", "description", "tags")

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def get_upload_to(self, filename: str) -> str:
        """A random name: nobody learns from it what somebody called the file, and none can be guessed."""
        return f"helpcenter/pictures/{uuid.uuid4().hex}.{filename.rpartition('.')[2].lower()[:5]}"

    def generate_rendition_file(self, filter: Any, *, source: Any = None) -> ContentFile:  # noqa: A002 - Wagtail's name
        """In memory: Wagtail leaves the temporary file open in which it draws."""
        with super().generate_rendition_file(filter, source=source) as drawn:
            drawn.seek(0)
            return ContentFile(drawn.read(), name=drawn.name)


class HelpRendition(AbstractRendition):
    image = models.ForeignKey(HelpImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="helpcenter_rendition_once"
            )
        ]

    def get_upload_to(self, filename: str) -> str:
        return f"helpcenter/renditions/{uuid.uuid4().hex}.{filename.rpartition('.')[2].lower()[:5]}"

    @property
    def url(self) -> str:
        key = self.pk
        if key is None:
            # Made together with others, it does not know its key.
            same = {"image_id": self.image_id, "filter_spec": self.filter_spec, "focal_point_key": self.focal_point_key}
            key = HelpRendition.objects.values_list("pk", flat=True).get(**same)
        return reverse("help_picture", args=[key])
