"""What a decision about an application needs, gathered for all rows of a page at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower

from people.enums import Status
from people.models import Employee, RejectedEmployeeAudit

#: Namesakes shown with a row; with more of them a name says little.
NAMESAKES = 3


@dataclass
class Facts:
    """Of one applicant. `colleagues`: approved people whose address has the same domain."""

    domain: str
    colleagues: int = 0
    rejections: list[RejectedEmployeeAudit] = field(default_factory=list)
    namesakes: list[Employee] = field(default_factory=list)


def about(people: Sequence[Employee], by: Any) -> dict[int, Facts]:
    """Key of the person → facts, as far as `by` may know them. `visible_to` must let them see everybody here."""
    if not people:
        return {}
    facts = {person.pk: Facts(domain_of(person)) for person in people}
    _count_colleagues(facts)
    if by.has_perm("people.view_rejectedemployeeaudit"):
        _add_rejections(people, facts)
    _add_namesakes(people, facts)
    return facts


def domain_of(person: Employee) -> str:
    return person.email.rpartition("@")[2].lower()


def _count_colleagues(facts: dict[int, Facts]) -> None:
    domains = sorted({each.domain for each in facts.values()})
    # Domains are stored in lower case.
    asked = {f"domain_{n}": Count("pk", filter=Q(email__endswith=f"@{domain}")) for n, domain in enumerate(domains)}
    counts = Employee.objects.filter(status=Status.APPROVED).aggregate(**asked)
    found = {domain: counts[f"domain_{n}"] for n, domain in enumerate(domains)}
    for each in facts.values():
        each.colleagues = found[each.domain]


def _add_rejections(people: Iterable[Employee], facts: dict[int, Facts]) -> None:
    by_id = {person.company_id: person.pk for person in people}
    by_email = {person.email.lower(): person.pk for person in people}
    rows = RejectedEmployeeAudit.objects.annotate(address=Lower("email")).select_related("rejected_by")
    for row in rows.filter(Q(company_id__in=by_id) | Q(address__in=by_email)):
        key = by_id.get(row.company_id) or by_email.get(row.email.lower())
        if key is not None:
            facts[key].rejections.append(row)


def _add_namesakes(people: Iterable[Employee], facts: dict[int, Facts]) -> None:
    wanted: dict[str, list[int]] = defaultdict(list)
    for person in people:
        wanted[_name(person)].append(person.pk)
    for other in _with_names(wanted):
        for pk in wanted[_name(other)]:
            if pk != other.pk and len(facts[pk].namesakes) < NAMESAKES:
                facts[pk].namesakes.append(other)


def _with_names(names: Iterable[str]) -> QuerySet[Employee]:
    named = Employee.objects.annotate(plain_name=Lower(Concat("first_name", Value(" "), "last_name")))
    return named.filter(plain_name__in=list(names)).order_by("pk")


def _name(person: Employee) -> str:
    return f"{person.first_name} {person.last_name}".lower()
