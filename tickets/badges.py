"""The number beside “Tickets” in the sidebar: what waits for whoever looks, as the tab of the list counts it. It is on
every page of the back office, so it is kept for a minute."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

from people.enums import Role
from tickets import queries

_KEY = "tickets.badge"
_SECONDS = 60
#: Nobody counts further by eye; the database need not either.
MOST = 1000
#: Role → the queue in which something waits for its people.
QUEUES: dict[str, str] = {Role.SYSTEM_ADMIN: "waiting", Role.TICKET_COORDINATOR: "unassigned"}


def waiting(user: Any) -> int:
    """What waits for approval, for an admin; what nobody has taken, for a coordinator. At most MOST + 1, which stands
    for more."""
    name = QUEUES.get(getattr(user, "role", ""))
    if name is None:
        return 0
    return int(cache.get_or_set(f"{_KEY}.{user.pk}", lambda: _count(name, user), _SECONDS) or 0)


def shown(user: Any) -> str:
    """The same as it stands there: "" where nothing waits."""
    count = waiting(user)
    return f"{MOST:,}+" if count > MOST else f"{count:,}" if count else ""


def forget() -> None:
    """After a change the next page counts anew."""
    cache.delete_many([f"{_KEY}.{pk}" for pk in queries.able_to_work().values_list("pk", flat=True)])


def _count(name: str, user: Any) -> int:
    return queries.queue(name, user).order_by()[: MOST + 1].count()
