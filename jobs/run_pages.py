"""A run's page: the plan with its fields, the progress, the result. For who made it, and for who may see all runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.refusals import Refused
from jobs import bulk, heartbeat, runs
from jobs.models import Run, RunRow
from jobs.spreadsheet_models import Spreadsheet

ROWS_A_PAGE = 100

Outcome = RunRow.Outcome
#: What of the rows may be shown alone: word of the address → outcomes.
SHOWN = {
    "can": [Outcome.GOOD],
    "refused": [Outcome.REFUSED, Outcome.FAILED],
    "done": [Outcome.APPLIED],
}
#: What an applied run has left as it was.
LEFT = [Outcome.GOOD, Outcome.REFUSED, Outcome.FAILED]


class RunPages:
    """For the admin of runs."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponse], allowed: Any, name: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(allowed(view))
            return path(f"<int:pk>/{name}/", wrapped, name=f"jobs_run_{name}")

        pages = [
            page(self.plan_view, require_http_methods(["GET", "HEAD", "POST"]), "plan"),
            page(self.progress_view, require_safe, "progress"),
            page(self.apply_view, require_POST, "apply"),
            page(self.retry_view, require_POST, "retry"),
            page(self.cancel_view, require_POST, "cancel"),
        ]
        return [*pages, *super().get_urls()]  # type: ignore[misc]  # a mixin: the ModelAdmin has it

    def plan_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the run as it is; POST makes the plan anew with other values."""
        run = _run_for(request, pk)
        if page := _page_of_spreadsheet(run):
            return redirect(page)
        if request.method == "POST":
            return self._plan_anew(request, run)
        many = bulk.bulk_of(run)
        opts = (many.model if many else Run)._meta
        context = {**self.admin_site.each_context(request), **_shown(request, run), "opts": opts}
        return TemplateResponse(request, "jobs/admin/run.html", context)

    def _plan_anew(self, request: HttpRequest, run: Run) -> HttpResponse:
        many = bulk.bulk_of(run)
        verb = many.verb(run.params.get("verb")) if many else None
        values = bulk.values_given(verb, request.POST) if verb else {}
        try:
            run = bulk.start_anew(run, by=request.user, values=values)  # type: ignore[arg-type]  # signed in
        except Refused as refused:
            _say(request, refused)
        return redirect("admin:jobs_run_plan", run.pk)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = _run_for(request, pk)
        return JsonResponse(
            {
                "phase": run.phase,
                "status": run.status,
                "done": run.done,
                # While a file is read it is a guess, and a bar that follows a guess goes back.
                "total": None if run.phase == Run.Phase.READ else run.total,
                "finished": run.is_finished,
                "words": progress_words(run),
            }
        )

    def apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = _run_for(request, pk)
        if page := _page_of_spreadsheet(run):
            return redirect(page)
        many = bulk.bulk_of(run)
        if many and run.is_planned:
            if _was_changed(run, many, request):
                messages.info(request, _("You changed something, so this is another plan. Look at it, then apply it."))
                return self._plan_anew(request, run)
            if many.form_of(run)[1].missing():
                messages.error(request, _("Something is missing yet. Fill it in and make the plan first."))
                return redirect("admin:jobs_run_plan", pk)
        try:
            runs.apply(run, by=request.user)  # type: ignore[arg-type]  # signed in
        except Refused as refused:
            # The second of a double click finds what the first began: nothing is wrong.
            if Run.objects.get(pk=pk).phase != Run.Phase.APPLY:
                _say(request, refused)
        return redirect("admin:jobs_run_plan", pk)

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Rows of a verb for many get a new plan; of another kind of run they are tried again."""
        run = _run_for(request, pk)
        if page := _page_of_spreadsheet(run):
            return redirect(page)
        try_again = bulk.start_again if bulk.bulk_of(run) else runs.retry
        try:
            run = try_again(run, by=request.user)  # type: ignore[arg-type]  # signed in
        except Refused as refused:
            if not _is_at_work(Run.objects.get(pk=pk)):
                _say(request, refused)
        return redirect("admin:jobs_run_plan", run.pk)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = _run_for(request, pk)
        if page := _page_of_spreadsheet(run):
            return redirect(page)
        try:
            runs.cancel(run, by=request.user)  # type: ignore[arg-type]  # signed in
        except Refused as refused:
            _say(request, refused)
        else:
            messages.success(request, _("Stopped. What was done already stays done."))
        return redirect("admin:jobs_run_plan", pk)


def _run_for(request: HttpRequest, pk: int) -> Run:
    run = Run.objects.select_related("created_by", "asked_by").filter(pk=pk).first()
    if run is None or not bulk.may_see(run, request.user):
        raise Http404
    return run


def _page_of_spreadsheet(run: Run) -> str:
    """An import has pages of its own, with rules of its own on who decides what; "" for other runs."""
    sheet = Spreadsheet.objects.filter(run=run).first()
    return reverse("admin:jobs_spreadsheet_change", args=[sheet.pk]) if sheet else ""


def _was_changed(run: Run, many: bulk.Bulk, request: HttpRequest) -> bool:
    """Whether the fields beside the button say something else than the plan that it stands on."""
    verb = many.verb(run.params.get("verb"))
    if verb is None or "with_values" not in request.POST:
        return False
    return bulk.values_given(verb, request.POST) != run.params.get("values")


def _say(request: HttpRequest, refused: Refused) -> None:
    for reason in refused.reasons:
        messages.error(request, reason.sentence)


def _is_at_work(run: Run) -> bool:
    return not run.is_finished


def _shown(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Everything that the page shows."""
    counts = dict(run.rows.order_by().values_list("outcome").annotate(Count("pk")))
    show = request.GET.get("show", "")
    rows = run.rows.filter(outcome__in=SHOWN[show]) if show in SHOWN else run.rows.all()
    page = Paginator(rows.order_by("number"), ROWS_A_PAGE).get_page(request.GET.get("p"))
    many = bulk.bulk_of(run)
    state = state_of(run)
    return {
        "title": title_of(run),
        "run": run,
        "state": state,
        "at_work": _is_at_work(run),
        "words": progress_words(run),
        "percent": 100 * run.done // run.total if run.total else 100,
        "worker_is_there": heartbeat.is_alive(),
        "page": page,
        "rows": _named(many, request.user, page.object_list),
        "shows": _tabs(counts, show),
        "show": show,
        "can": counts.get(Outcome.GOOD, 0),
        "can_words": _counted(many, counts.get(Outcome.GOOD, 0)),
        "applied_words": _counted(many, counts.get(Outcome.APPLIED, 0)),
        "refused": counts.get(Outcome.REFUSED, 0) + counts.get(Outcome.FAILED, 0),
        "left": counts.get(Outcome.GOOD, 0) if state not in {"planning", "planned"} else 0,
        "applied": counts.get(Outcome.APPLIED, 0),
        "can_retry": run.phase == Run.Phase.APPLY and any(counts.get(each) for each in LEFT),
        "list": bulk.list_address(many) if many else reverse("admin:jobs_run_changelist"),
        **_asked(many, run, request.user),
    }


def _asked(many: bulk.Bulk | None, run: Run, person: Any) -> dict[str, Any]:
    """The verb with its form; what is wrong with the values is said at the fields.

    The values are for who gave them: a reason may be meant for some, and whoever else may see the run may be the one
    whom one of its rows is about.
    """
    if many is None:
        return {}
    verb, form = many.form_of(run)
    form.is_valid()
    return {"verb": verb, "form": form if run.created_by_id == person.pk else None, "missing": form.missing()}


def state_of(run: Run) -> str:
    """planning, planned, applying, done, cancelled or failed."""
    if run.status in (Run.Status.CANCELLED, Run.Status.FAILED):
        return str(run.status)
    if run.phase in {Run.Phase.READ, Run.Phase.PLAN}:
        return "planned" if run.is_planned else "planning"
    return "done" if run.is_finished else "applying"


def title_of(run: Run) -> str:
    """“Suspend: 12 people”; of other kinds of run their name."""
    verb = verb_title(run)
    if not verb:
        return str(run)
    return _("%(verb)s: %(rows)s") % {"verb": verb, "rows": _counted(bulk.bulk_of(run), run.rows.count())}


def verb_title(run: Run) -> str:
    """“Suspend”; "" for a run of another kind."""
    many = bulk.bulk_of(run)
    verb = many.verb(run.params.get("verb")) if many else None
    return str(verb.title) if verb else ""


def _counted(many: bulk.Bulk | None, count: int) -> str:
    """“3 people”, “1 row”."""
    meta = (many.model if many else RunRow)._meta
    return f"{count} {meta.verbose_name if count == 1 else meta.verbose_name_plural}"


def progress_words(run: Run) -> str:
    """While a file is read nobody knows how many rows it has."""
    counts = {"done": f"{run.done:,}", "total": f"{run.total:,}"}
    return _("%(done)s rows read") % counts if run.phase == Run.Phase.READ else _("%(done)s of %(total)s") % counts


def _tabs(counts: dict[str, int], show: str) -> list[dict[str, Any]]:
    words = {"": _("All"), "can": _("Can be done"), "refused": _("Not possible"), "done": _("Done")}
    of = {"": sum(counts.values()), **{name: sum(counts.get(each, 0) for each in SHOWN[name]) for name in SHOWN}}
    return [
        {"name": name, "word": word, "count": of[name], "is_current": name == show}
        for name, word in words.items()
        if of[name] or name in {"", show}
    ]


def _named(many: bulk.Bulk | None, person: Any, rows: Any) -> list[dict[str, Any]]:
    """The rows with the names of what they are about, as far as this person may know of it. One statement for all."""
    rows = list(rows)
    found: dict[Any, Any] = {}
    if many:
        keys = [row.payload.get("key") for row in rows]
        found = {subject.pk: subject for subject in many.visible_to(person).filter(pk__in=keys)}
    shown = []
    for row in rows:
        subject = found.get(row.payload.get("key"))
        name = many.name_of(subject) if many and subject is not None else _("row %(number)d") % {"number": row.number}
        shown.append({"row": row, "name": name, "link": _link(subject), "subject": subject})
    return shown


def _link(subject: Any) -> str:
    if subject is None:
        return ""
    meta = subject._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[subject.pk])
