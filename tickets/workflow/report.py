"""The daily sync report: what one day brought, counted once when it was over, kept, and mailed to the System Admins who
want it. A day has one row, and who gets a mail gets one: both are written in one transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from audit.actors import SYSTEM
from jobs.models import LeasedRow
from notifications import messages, telling
from notifications.messages import BY_EMAIL, Kind
from people.enums import Role
from people.enums import Status as PersonStatus
from people.models import Employee
from tickets.models import SyncReport, Ticket, TicketAttachment, WorkflowCallback, WorkflowDelivery
from tickets.workflow import deliveries, rights, watching

MESSAGE = "sync_report"
#: The hour of the morning, here, from which on the day before is counted.
FROM_HOUR = 6
#: A worker that was down for longer leaves gaps; nobody reads a week of mails at once.
DAYS_MADE_UP = 3


def register() -> None:
    """Called in the app's ready()."""
    messages.register_kind(
        Kind(
            MESSAGE,
            _("Daily sync report"),
            _("Each morning: what went to the workflow system and came back the day before."),
            frozenset({BY_EMAIL}),
            rights.sees,
        )
    )
    messages.register(MESSAGE, "tickets/emails/sync_report", kind=MESSAGE, still_wanted=_still_wanted, sample=_sample())
    messages.register_readable(MESSAGE, lambda user: Q(pk__in=[]), ledger=_ledger_readable_by)


def _sample() -> dict[str, Any]:
    """Made-up numbers, to show the mail with."""
    numbers = {"created": 24, "synced": 31, "answers": 27, "applied": 26, "unsettled": 1, "registered": 3}
    rest = {"failed": 0, "waiting": 2, "stuck": 0, "approved": 2, "pending": 1, "files": 12, "file_bytes": 4_200_000}
    words = {"day": _("yesterday"), "size": filesizeformat(4_200_000), "needs_somebody": True, "name": "Ana"}
    return {**numbers, **rest, **words, "path": "/admin/", "doctor_path": "/admin/"}


def make_due(now: dt.datetime | None = None) -> list[SyncReport]:
    """Count the days that are over and not counted yet; the last of them is mailed. Nothing without a workflow system.
    Called each hour."""
    here = timezone.localtime(now)
    if not deliveries.is_set_up() or here.hour < FROM_HOUR:
        return []
    yesterday = here.date() - dt.timedelta(days=1)
    last = SyncReport.objects.values_list("day", flat=True).first()
    # Before the first there is nothing to make up for.
    back = min((yesterday - last).days, DAYS_MADE_UP) if last else 1
    days = [yesterday - dt.timedelta(days=ago) for ago in range(back - 1, -1, -1)]
    made = [_made(day, is_mailed=day == yesterday) for day in days]
    return [report for report in made if report is not None]


def _made(day: dt.date, *, is_mailed: bool) -> SyncReport | None:
    """None: another worker was quicker."""
    report = SyncReport(day=day, **numbers_of(day))
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            if is_mailed:
                _mail(report)
    except IntegrityError:
        if SyncReport.objects.filter(day=day).exists():
            return None
        raise
    return report


def numbers_of(day: dt.date) -> dict[str, int]:
    """Column → number, of one day as the calendar of the installation has it."""
    begin = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
    within = (begin, timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min)))
    files = TicketAttachment.objects.filter(_in("upload_date", within)).aggregate(n=Count("pk"), size=Sum("file_size"))
    failed = Q(status=LeasedRow.Status.FAILED) & _in("finished_at", within)
    pending = Q(status__in=watching.UNFINISHED)
    sent = WorkflowDelivery.objects.aggregate(
        synced=Count("pk", filter=_in("acknowledged_at", within)),
        failed=Count("pk", filter=failed),
        waiting=Count("pk", filter=pending),
    )
    unsettled = Q(outcome__in=WorkflowCallback.UNSETTLED)
    came = WorkflowCallback.objects.filter(_in("received_at", within)).aggregate(
        answers=Count("pk"),
        applied=Count("pk", filter=Q(applied_at__isnull=False)),
        unsettled=Count("pk", filter=unsettled),
    )
    approvals = Employee.history.filter(_in("history_date", within), verb="approve")
    return {
        "created": Ticket.objects.filter(_in("submit_date", within)).count(),
        **sent,
        **came,
        "stuck": watching.stuck_tickets().count(),
        "registered": Employee.objects.filter(_in("date_created", within)).count(),
        "approved": approvals.values("id").distinct().count(),
        "pending": Employee.objects.filter(status=PersonStatus.PENDING).count(),
        "files": files["n"],
        "file_bytes": files["size"] or 0,
    }


def _in(column: str, within: tuple[dt.datetime, dt.datetime]) -> Q:
    return Q(**{f"{column}__gte": within[0], f"{column}__lt": within[1]})


def _mail(report: SyncReport) -> None:
    admins = Employee.objects.filter(role=Role.SYSTEM_ADMIN, status=PersonStatus.APPROVED).order_by("pk")
    data = _snapshot(report)
    told = [telling.Told(MESSAGE, admin, {**data, "name": admin.get_short_name()}) for admin in admins]
    telling.tell(MESSAGE, told, about=report, by=SYSTEM, dedup_prefix=f"{MESSAGE}:{report.day:%Y-%m-%d}:")


def _snapshot(report: SyncReport) -> dict[str, Any]:
    names = [field.name for field in SyncReport._meta.fields if field.name not in {"id", "day", "made_at"}]
    return {
        **{name: getattr(report, name) for name in names},
        "day": date_format(report.day, "DATE_FORMAT"),
        "size": filesizeformat(report.file_bytes),
        "path": reverse("admin:tickets_syncreport_change", args=[report.pk]),
        "doctor_path": reverse("admin:tickets_sync"),
        "needs_somebody": bool(report.failed or report.unsettled or report.stuck),
    }


def _ledger_readable_by(user: Any) -> Q:
    """Who may read the report reads on its page who was told of it; there are no notices about it."""
    if not rights.sees(user):
        return Q(pk__in=[])
    return Q(about_type=ContentType.objects.get_for_model(SyncReport))


def _still_wanted(email: Any) -> bool:
    return email.recipient is not None and rights.sees(email.recipient)
