"""Whether and how somebody will hear of what one is about to do to a ticket: a sentence for the page that asks. It is
asked of their settings, so that no page promises a mail that nobody sends."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications import preferences
from notifications.messages import BY_EMAIL, IN_APP
from people.enums import Status as PersonStatus
from people.models import Employee

BY_MAIL = gettext_lazy("%(name)s hears of it by mail.")
WITH_REASON = gettext_lazy("%(name)s gets a mail with the reason.")
WITH_RESOLUTION = gettext_lazy("%(name)s gets a mail with the resolution.")


def of_it(person: Employee, message: str, *, by_mail: str | Promise = BY_MAIL) -> str:
    """What `person` is told by the message of that name ("approved"), done by somebody else. One statement."""
    return _how(person, message, by_mail) % {"name": person.get_full_name()}


def _how(person: Employee, message: str, by_mail: str | Promise) -> str:
    if person.status != PersonStatus.APPROVED:
        return _("%(name)s is not told: the account is not in use.")
    channels = preferences.channels_of(f"ticket_{message}", person, preferences.chosen_by([person]))
    if BY_EMAIL in channels:
        return str(by_mail)
    if IN_APP in channels:
        return _("%(name)s finds it behind the bell.")
    return _("%(name)s chose not to be told of it.")
