"""One import after the other, where two at once could make the same thing twice."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db import models


def take_turn(model: type[models.Model]) -> None:
    """Wait until no other import makes or renames rows of this model; the turn lasts until the transaction ends. Of two
    with one new name, the second then finds what the first has made.

    The lock lies on the row that stands for the model, which nothing changes; rows that point at it don't wait. On
    SQLite the transaction itself is that lock.
    """
    kind = ContentType.objects.get_for_model(model)
    ContentType.objects.select_for_update(no_key=True).get(pk=kind.pk)
