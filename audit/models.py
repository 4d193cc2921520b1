"""What no row's history shows: sign-ins, downloads, exports, refusals."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.actors import ACTOR_NAMES, PERSON
from audit.history import OriginFields
from audit.permanence import PermanentModel


class AuditEvent(PermanentModel, OriginFields):
    """One thing that happened. Written by `audit.events.record`, read by auditors, changed by nobody."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed in", _("signed in")
        SIGN_IN_FAILED = "sign-in failed", _("sign-in failed")
        SIGNED_OUT = "signed out", _("signed out")
        DOWNLOADED = "downloaded", _("downloaded")
        EXPORTED = "exported", _("exported")
        IMPORTED = "imported", _("imported")
        REFUSED = "refused", _("refused")
        SENT_AGAIN = "sent again", _("sent again")
        SECOND_FACTOR_SET_UP = "second factor set", _("second factor set up")
        SECOND_FACTOR_REMOVED = "second factor gone", _("second factor removed")
        RECOVERY_CODES_MADE = "recovery codes", _("recovery codes made")
        TOKEN_REUSED = "token reused", _("used token brought again")
        PAGE_CHANGED = "page changed", _("changed a page of the help center")
        BREAKER_RESET = "breaker reset", _("let calls through again")
        CALLED_OFF = "called off", _("called off")
        APPLIED_AFTER_ALL = "applied after all", _("applied after all")
        DRIFT_SETTLED = "drift settled", _("settled a difference")
        API_KEY_MADE = "API key made", _("API key made")
        API_KEY_REVOKED = "API key revoked", _("API key revoked")
        WEBHOOK_TESTED = "webhook tested", _("webhook tested")
        TAKEN_BACK = "taken back", _("taken back")
        PLAN_CHANGED = "plan changed", _("changed the plan of an import")

    occurred_at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    actor_name = models.CharField(
        _("actor"), max_length=10, choices=[(name, name) for name in ACTOR_NAMES], default=PERSON
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="audit_events", verbose_name=_("by")
    )
    about_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, verbose_name=_("about"))
    about_id = models.BigIntegerField(_("key"), null=True)
    about = GenericForeignKey("about_type", "about_id")
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-occurred_at", "-pk"]
        indexes = [models.Index(fields=["about_type", "about_id"], name="audit_event_about")]
        constraints = [
            models.CheckConstraint(
                name="audit_event_kind",
                condition=models.Q(
                    kind__in=[
                        "signed in",
                        "sign-in failed",
                        "signed out",
                        "downloaded",
                        "exported",
                        "imported",
                        "refused",
                        "sent again",
                        "second factor set",
                        "second factor gone",
                        "recovery codes",
                        "token reused",
                        "page changed",
                        "breaker reset",
                        "called off",
                        "applied after all",
                        "drift settled",
                        "API key made",
                        "API key revoked",
                        "webhook tested",
                        "taken back",
                        "plan changed",
                    ]
                ),
            ),
            models.CheckConstraint(name="audit_event_actor", condition=models.Q(actor_name__in=ACTOR_NAMES)),
            models.CheckConstraint(
                name="audit_event_about_both",
                condition=models.Q(about_type__isnull=True, about_id__isnull=True)
                | models.Q(about_type__isnull=False, about_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d %H:%M}"
