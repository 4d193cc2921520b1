"""The history of a row: simple-history, with who (also SYSTEM and WORKFLOW), which verb, why, and from where.

history = History()                                   # on a model
note(ticket, by=admin, verb="approve", reason="…")    # before its save()
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connections, models, router
from django.db.models.deletion import Collector
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoricalQuerySet, HistoryManager
from simple_history.models import HistoricalRecords

from audit import origin
from audit.actors import ACTOR_NAMES, PERSON, Actor, name_of, person_of
from audit.permanence import PermanentModel, PermanentQuerySetMixin

VERB_LENGTH = 40


class OriginFields(models.Model):
    """Where something came from; None and "" when it did not come by a request."""

    ip_address = models.GenericIPAddressField(_("address"), null=True, editable=False)
    user_agent = models.CharField(_("browser"), max_length=origin.USER_AGENT_LENGTH, blank=True, editable=False)
    request_id = models.CharField(_("request"), max_length=32, blank=True, editable=False)

    class Meta:
        abstract = True

    def note_origin(self) -> None:
        here = origin.current()
        self.ip_address, self.user_agent, self.request_id = here.ip_address, here.user_agent, here.request_id


class HistoryBase(PermanentModel, OriginFields):
    """Base of every historical table. `verb` is the word of the lifecycle ("approve"), "" for a plain save."""

    actor_name = models.CharField(
        _("actor"), max_length=10, choices=[(name, name) for name in ACTOR_NAMES], default=PERSON, editable=False
    )
    verb = models.CharField(_("verb"), max_length=VERB_LENGTH, blank=True, editable=False)

    class Meta:
        abstract = True


class PermanentHistoricalQuerySet(PermanentQuerySetMixin, HistoricalQuerySet):
    """What `Model.history` answers with: it reads, and refuses to change or delete."""


class PermanentHistoryManager(HistoryManager):
    @classmethod
    @functools.cache
    def from_queryset(cls, queryset_class: type[models.QuerySet], class_name: str | None = None) -> Any:
        # The library asks for it at every look at `.history`, and Django would make a new class each time.
        return super().from_queryset(queryset_class, class_name)


class History(HistoricalRecords):
    """HistoricalRecords as this house keeps them; takes `excluded_fields` and what else the library takes."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("bases", (HistoryBase,))
        kwargs.setdefault("history_change_reason_field", models.TextField(_("reason"), blank=True, null=True))
        kwargs.setdefault("history_manager", PermanentHistoryManager)
        kwargs.setdefault("historical_queryset", PermanentHistoricalQuerySet)
        super().__init__(**kwargs)

    def post_delete(self, instance: models.Model, using: str | None = None, **kwargs: Any) -> None:
        """`delete_many` has written it, with that of the others."""
        if not getattr(instance, "_is_in_history", False):
            super().post_delete(instance, using=using, **kwargs)

    def _get_history_user_fields(self) -> dict[str, models.Field]:
        # The library's SET_NULL would rewrite the record when a person is deleted: who did it must stay.
        return {
            "history_user": models.ForeignKey(
                settings.AUTH_USER_MODEL, null=True, related_name="+", on_delete=models.PROTECT
            )
        }


def note(instance: models.Model, *, by: Actor | None, verb: str, reason: str = "") -> None:
    """Say who does what and why; the instance's next save() writes it into its history."""
    instance._history_user = person_of(by)  # type: ignore[attr-defined]  # simple-history's
    instance._history_actor_name = name_of(by)  # type: ignore[attr-defined]  # simple-history's
    instance._history_verb = verb  # type: ignore[attr-defined]  # simple-history's
    instance._change_reason = reason  # type: ignore[attr-defined]  # simple-history's


def stamp_origin(sender: type, *, instance: models.Model, history_instance: HistoryBase, **kwargs: Any) -> None:
    """Receiver of pre_create_historical_record: what note() said, and where the request came from."""
    history_instance.note_origin()
    history_instance.verb = getattr(instance, "_history_verb", "")
    by_default = PERSON if history_instance.history_user_id else "system"  # type: ignore[attr-defined]  # simple-history's
    history_instance.actor_name = getattr(instance, "_history_actor_name", by_default)


def insert_many(rows: Sequence[Any]) -> None:
    """Insert new rows of one model, each told of by note(), with a history row each: two statements for all of them.

    For bringing in by the thousand; inside a transaction. The library's own way to do it fires no signal, so that who,
    which verb and from where would be missing.
    """
    if not rows:
        return
    type(rows[0])._default_manager.bulk_create(rows)
    _copy_into_history(rows, "+")


def delete_many(rows: Sequence[Any]) -> None:
    """Delete rows of one model, each told of by note(), with whatever Django deletes along with them, and keep a
    history row of each. Inside a transaction; raises ProtectedError when something names one of them."""
    if not rows:
        return
    collector = Collector(using=router.db_for_write(type(rows[0])))
    collector.collect(list(rows))
    _copy_into_history(rows, "-")
    for row in rows:
        row._is_in_history = True
    collector.delete()


#: Rows in one statement; databases bound how many values it may carry.
_COPIED_AT_ONCE = 1_000


def _copy_into_history(rows: Sequence[Any], history_type: str) -> None:
    """A history row for each of these, as they stand in their table."""
    model = type(rows[0])
    history = model.history.model
    now = timezone.now()
    by_teller: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        by_teller.setdefault((row._history_user, row._history_actor_name, row._history_verb), []).append(row)
    for told_alike in by_teller.values():
        common = history(history_date=now, history_type=history_type, history_user=told_alike[0]._history_user)
        stamp_origin(model, instance=told_alike[0], history_instance=common)
        for begin in range(0, len(told_alike), _COPIED_AT_ONCE):
            _copy(told_alike[begin : begin + _COPIED_AT_ONCE], common)


def _copy(rows: Sequence[Any], common: Any) -> None:
    """One statement: the columns come from the table itself, the reason with each key, the rest from `common`."""
    model, history = type(rows[0]), type(common)
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    copied = {history._meta.get_field(field.name).column: field.column for field in history.tracked_fields}
    added = [field for field in history._meta.local_fields if field.column not in copied and not field.primary_key]
    reason = history._meta.get_field("history_change_reason")
    into = [*copied, *(field.column for field in added)]
    taken = [f"here.{quote(column)}" for column in copied.values()]
    taken += ["told.reason" if field is reason else "%s" for field in added]
    common_values = [
        field.get_db_prep_save(getattr(common, field.attname), connection) for field in added if field is not reason
    ]
    told = ", ".join(["(%s, %s)"] * len(rows))
    # Only names of our own columns and tables are put together here.
    statement = (
        f"WITH told (id, reason) AS (VALUES {told}) "  # noqa: S608
        f"INSERT INTO {quote(history._meta.db_table)} ({', '.join(map(quote, into))}) SELECT {', '.join(taken)} "
        f"FROM {quote(model._meta.db_table)} AS here JOIN told ON told.id = here.{quote(model._meta.pk.column)}"
    )
    values = [value for row in rows for value in (row.pk, row._change_reason)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *common_values])
