"""The tables of the floor."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils import timezone

#: What is looked in, and by which index.
WORDS = SearchVector("subject", "description", config="english")


class Department(models.Model):
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Ticket(models.Model):
    NEW, OPEN = "New", "Open"

    subject = models.CharField(max_length=200)
    description = models.TextField()
    status = models.CharField(max_length=30, default=NEW)
    priority = models.CharField(max_length=20, default="Medium")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="assigned_tickets"
    )
    submit_date = models.DateTimeField(default=timezone.now)
    update_date = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-submit_date", "-pk"]
        indexes = [
            models.Index(fields=["-submit_date", "-id"], name="bare_by_date"),
            models.Index(fields=["department", "status"], name="bare_by_department"),
            GinIndex(WORDS, name="bare_words"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"TX{self.pk}"


class Comment(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="comments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    comment = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"#{self.pk}"


class Article(models.Model):
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    html = models.TextField()

    def __str__(self) -> str:
        return self.title


def change_state(key: int, *, before: str, after: str) -> None:
    """One statement; KeyError when the ticket is not in the state `before`."""
    changed = Ticket.objects.filter(pk=key, status=before).update(status=after, update_date=timezone.now())
    if not changed:
        raise KeyError(key)
