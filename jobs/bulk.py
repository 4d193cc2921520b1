"""One verb over many rows: chosen in a list, planned row by row, looked at, applied by the worker.

PEOPLE = bulk.register(Bulk("people.verbs", model=Employee, verbs=[…], checks=rules.CHECKS, …))   # in ready()

class EmployeeAdmin(BulkAdmin, …):     # the list's POST action=<verb> leads to the plan
    bulk = PEOPLE

A run's params are {"verb": slug, "values": what the form was given}; its rows {"key": …}. The plan calls the real verb
and is rolled back, so it says what the verb would say; each phase is done in the name of who asks for it. A plan holds
for the rows as they were: what changed since is refused, and whoever wants it all the same looks at a new plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from audit.verb_pages import Check, Verb, VerbForm
from audit.versions import VersionedModel
from jobs import heartbeat, leases, outbox, runs
from jobs.models import Run, RunRow
from jobs.runs.kinds import Effect

#: So many rows are planned within the request; more by the worker.
AT_ONCE = 200

#: How a planned row was, in its memory; and what no row is, for one that no plan found good.
STAMP, NEVER_PLANNED = "version", -1


@dataclass(frozen=True)
class Bulk:
    """What can be done with many rows of a model.

    `visible_to(person)`: the rows they may know of. `name_of(row)`: how a plan names it. `effects(before, after,
    since)`: sentences on what the verb did since that moment, asked inside the plan's transaction. `stamp(row, person)`
    is a number that is another one once the row has changed, as far as that person may know of it.
    """

    kind: str
    model: type[VersionedModel]
    verbs: Sequence[Verb]
    checks: Mapping[str, Check]
    visible_to: Callable[[Any], models.QuerySet]
    name_of: Callable[[Any], str]
    effects: Callable[[Any, Any, datetime], list[str]]
    stamp: Callable[[Any, Any], int] = lambda row, person: row.version
    #: Called when something was applied.
    after: Callable[[], None] = lambda: None

    def verb(self, slug: Any) -> Verb | None:
        return next((verb for verb in self.verbs if verb.slug == slug), None)

    def plan(self, row: RunRow, *, by: AbstractBaseUser) -> Effect:
        """Says what would happen. While values are missing only whether it can happen at all."""
        with _in_plain_words():
            return self._plan(row, by)

    def _plan(self, row: RunRow, by: AbstractBaseUser) -> Effect:
        before, verb, form = self._asked(row, by)
        reasons, memory = self.checks[verb.name](before, by), {STAMP: self.stamp(before, by)}
        if form.missing():
            if reasons:
                raise Refused(reasons)
            return Effect(about=before, memory=memory)
        form = _read(form)
        if verb.with_values:
            reasons = [*reasons, *verb.with_values(before, **form.values())]
        if reasons:
            raise Refused(reasons)
        since = timezone.now()
        after = verb.call(before, by=by, **form.values())
        return Effect(self.effects(before, after, since), about=before, memory=memory)

    def apply_row(self, row: RunRow, *, by: AbstractBaseUser) -> Effect:
        before, verb, form = self._asked(row, by)
        # Not the planned version itself: it may count what they must not know of. Who is too late is refused by the
        # rules first, and then because no row has this version.
        is_as_planned = row.memory.get(STAMP, NEVER_PLANNED) == self.stamp(before, by)
        expected = before.version if is_as_planned else NEVER_PLANNED
        with _in_plain_words():
            try:
                after = verb.call(before, by=by, expected_version=expected, **_read(form).values())
            except StaleVersion:
                raise Refused([_changed_since()]) from None
        transaction.on_commit(self.after, robust=True)
        return Effect([verb.done(after)], about=after)

    def _asked(self, row: RunRow, by: AbstractBaseUser) -> tuple[Any, Verb, VerbForm]:
        subject = self.visible_to(by).filter(pk=row.payload["key"]).first()
        if subject is None:
            raise Refused([Reason("unseen", _("It is not there any more."))])
        verb, form = self.form_of(row.run, subject)
        return subject, verb, form

    def form_of(self, run: Run, subject: models.Model | None = None) -> tuple[Verb, VerbForm]:
        """The run's verb, and its form with the values that were given."""
        verb = self.verb(run.params.get("verb"))
        if verb is None:
            raise Refused([Reason("no-verb", _("That can't be done with many at once."))])
        given = QueryDict(mutable=True)
        for name, value in (run.params.get("values") or {}).items():
            given[name] = value
        return verb, verb.form(subject, given)


def _changed_since() -> Reason:
    return Reason("stale", _("Somebody else has changed this since the plan was made. Make the plan anew."))


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """Beside a row the sentences on its values stand alone, without the names of fields."""
    try:
        yield
    except InvalidValues as invalid:
        raise InvalidValues({"": [said for errors in invalid.errors.values() for said in errors]}) from invalid


def _read(form: VerbForm) -> VerbForm:
    if not form.is_valid():
        raise InvalidValues({name: [str(said) for said in errors] for name, errors in form.errors.items()})
    return form


_registered: dict[str, Bulk] = {}


def register(bulk: Bulk) -> Bulk:
    """Make it known; called when the app is ready."""
    _registered[bulk.kind] = bulk
    runs.register_kind(bulk.kind, plan=bulk.plan, apply_row=bulk.apply_row)
    return bulk


def bulk_of(run: Run) -> Bulk | None:
    return _registered.get(run.kind)


def may_see(run: Run, person: Any) -> bool:
    """Who made it, and who may see all runs."""
    return run.created_by_id == person.pk or person.has_perm("jobs.view_run")


# Making plans


def start(
    bulk: Bulk,
    verb: Verb,
    keys: Iterable[Any],
    *,
    by: AbstractBaseUser,
    values: Mapping[str, str],
    again: Run | None = None,
) -> Run:
    """A run over these rows, planned by the time this answers when it is a small one. `again`: whose rest they are."""
    params: dict[str, Any] = {"verb": verb.slug, "values": dict(values)}
    if again is not None:
        params["again"] = again.pk
    run = runs.start(bulk.kind, by=by, rows=({"key": key} for key in keys), params=params)
    if run.total <= AT_ONCE:
        plan_now(run)
    return Run.objects.get(pk=run.pk)


def start_anew(run: Run, *, by: AbstractBaseUser, values: Mapping[str, str]) -> Run:
    """The same rows with other values: another run; this one is over."""
    bulk, verb = _known(run)
    if run.phase != Run.Phase.PLAN or run.status == Run.Status.CANCELLED:
        raise Refused([Reason("not-now", _("This plan is over. Choose in the list anew."))])
    runs.cancel(run, by=by)
    keys = run.rows.order_by("number").values_list("payload__key", flat=True)
    return start(bulk, verb, keys.iterator(chunk_size=500), by=by, values=values)


def start_again(run: Run, *, by: AbstractBaseUser) -> Run:
    """A new plan of the rows that an applied run left as they were, by the rules as they are now.

    Nothing is applied again without having been looked at: of those refused nobody knows what would happen to them now.
    Asked twice it answers with the same plan, while that waits.
    """
    bulk, verb = _known(run)
    if run.phase != Run.Phase.APPLY or not run.is_finished:
        raise Refused([Reason("not-now", _("The run is not at the point where that can be done."))])
    open_plans = Run.objects.filter(kind=run.kind, params__again=run.pk, phase=Run.Phase.PLAN, created_by_id=by.pk)
    waiting = open_plans.exclude(status__in=[Run.Status.CANCELLED, Run.Status.FAILED]).first()
    if waiting is not None:
        return waiting
    left = run.rows.exclude(outcome__in=[RunRow.Outcome.APPLIED, RunRow.Outcome.UNDONE, RunRow.Outcome.KEPT])
    keys = left.order_by("number").values_list("payload__key", flat=True)
    if not keys.exists():
        raise Refused([Reason("nothing-to-do", _("There is no row left for that."))])
    values = run.params.get("values") or {}
    return start(bulk, verb, keys.iterator(chunk_size=500), by=by, values=values, again=run)


def _known(run: Run) -> tuple[Bulk, Verb]:
    bulk = bulk_of(run)
    verb = bulk.verb(run.params.get("verb")) if bulk else None
    if bulk is None or verb is None:
        raise Refused([Reason("no-verb", _("That can't be done with many at once."))])
    return bulk, verb


def plan_now(run: Run) -> None:
    """Plan in this request what the worker would plan a moment later; what is not ready in time it goes on with."""
    if not leases.claim(run):
        return  # the worker was quicker
    with heartbeat.of_somebody_else():
        leases.work(run)
    if not Run.objects.filter(pk=run.pk, status__in=Run.FINISHED).exists():
        with transaction.atomic():
            outbox.wake(Run)


def values_given(verb: Verb, posted: Mapping[str, Any]) -> dict[str, str]:
    """Of what was posted, what the verb's form asks for. Without NUL, which no JSON column of PostgreSQL takes."""
    return {name: str(posted[name]).replace("\x00", "") for name in verb.form(None).fields if posted.get(name)}


def offered_first(verb: Verb) -> dict[str, str]:
    """What the verb's form for many has in its fields before anybody has touched it."""
    initial = {name: field.initial for name, field in verb.form(None).fields.items()}
    return {name: str(value) for name, value in initial.items() if value not in (None, "", False)}


class BulkAdmin:
    """For a ModelAdmin: the list's POST `action=<verb>` with `_selected_action` (or `select_across`) makes a plan."""

    bulk: ClassVar[Bulk]

    # Of the ModelAdmin it is mixed into.
    model: type[models.Model]
    has_view_permission: Callable[..., bool]
    get_changelist_instance: Callable[[HttpRequest], Any]

    def bulk_verbs(self, request: HttpRequest) -> Sequence[Verb]:
        """Those offered below the list, the only ones it takes; each row's plan says whether it can be done."""
        return self.bulk.verbs

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and "action" in request.POST:
            return self._make_plan(request)
        return super().changelist_view(request, extra_context)  # type: ignore[misc]  # a mixin: the ModelAdmin has it

    def _make_plan(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        # Checked by signing in: the admin lets nobody else in.
        by: Any = request.user
        verb, offered = self.bulk.verb(request.POST["action"]), self.bulk_verbs(request)
        if not offered or (verb is not None and verb not in offered):
            raise PermissionDenied
        if verb is None:
            messages.warning(request, _("Choose what to do with the rows you ticked."))
            return _same_list(request)
        chosen = self._chosen(request)
        if not chosen.exists():
            messages.warning(request, _("Nothing is ticked yet. Tick the rows you mean, then choose what to do."))
            return _same_list(request)
        keys = chosen.values_list("pk", flat=True).iterator(chunk_size=500)
        run = start(self.bulk, verb, keys, by=by, values=offered_first(verb) | values_given(verb, request.POST))
        return redirect("admin:jobs_run_plan", run.pk)

    def _chosen(self, request: HttpRequest) -> models.QuerySet:
        listed = self.get_changelist_instance(request).get_queryset(request)
        if request.POST.get("select_across") == "1":
            return listed
        # By what they may see, not by what the list shows: a row may have changed its tab meanwhile.
        keys = [key for key in request.POST.getlist(ACTION_CHECKBOX_NAME) if key.isascii() and key.isdigit()]
        seen = self.bulk.visible_to(request.user).filter(pk__in=[key for key in keys if len(key) < 19])
        return seen.order_by(*listed.query.order_by)


def _same_list(request: HttpRequest) -> HttpResponseRedirect:
    return redirect(request.get_full_path())


def list_address(bulk: Bulk, **filters: Any) -> str:
    """The list that the rows were chosen in."""
    meta = bulk.model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address
