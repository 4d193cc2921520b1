"""What `manage.py demo` makes: people to sign in as, and sixty days of tickets, all through the doors with the clock
set back. The same every time; dates are relative to the moment it runs.

People first, then the files that tickets need (an upload is committed by itself), then the tickets, then their mails.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from audit.actors import SYSTEM
from audit.history import note
from backoffice import demo_accounts, demo_clock, demo_files, demo_workflow
from backoffice.demo_story import Files, People, Scene, Story, play, stories
from helpcenter import demo as help_center
from notifications.models import Notice
from people import lifecycle as people
from people.enums import GrantedGroup, Role
from people.models import Department, Employee
from tickets import files, lifecycle, visits
from tickets.models import Ticket, TicketCategory
from tickets.workflow.sandbox.sandbox import Sandbox

NAMES = {
    demo_accounts.ADMIN: ("Amara", "Okafor", "Operations"),
    demo_accounts.COORDINATOR: ("Chen", "Wei", "IT Department"),
    demo_accounts.EMPLOYEE: ("Elena", "Rossi", "Marketing"),
}
#: By the name that the tickets know them by.
COLLEAGUES = {
    "noor": ("Noor", "Haddad", "Marketing"),
    "sofia": ("Sofia", "Almeida", "Sales"),
    "priya": ("Priya", "Raman", "Sales"),
    "jonas": ("Jonas", "Weber", "Finance"),
    "aisha": ("Aisha", "Diallo", "Legal"),
    "mateo": ("Mateo", "Garcia", "Customer Service"),
    "hana": ("Hana", "Sato", "Human Resources"),
    "viktor": ("Viktor", "Novak", "Operations"),
}
COORDINATORS = {
    "pavel": ("Pavel", "Horak", "IT Department"),
    "sam": ("Sam", "Lindqvist", "Asset Management"),
    "fatima": ("Fatima", "Zahra", "Operations"),
    "grace": ("Grace", "Kim", "Human Resources"),
    "omar": ("Omar", "Farouk", "Budget"),
}
#: What the requester has not read yet: nothing of the last so many days.
UNREAD = dt.timedelta(days=7)
#: Behind the bell, nothing of the last so many.
UNREAD_NOTICES = dt.timedelta(days=4)
#: The large house repeats the sixty days this often, further and further back.
ROUNDS = {"small": 0, "large": 12}


def make(size: str = "small", told: Callable[[str], None] = lambda line: None) -> None:
    """Everything. `told` hears how far it is."""
    now = timezone.now()
    with transaction.atomic(), demo_clock.at(now - dt.timedelta(days=400)):
        house = staff()
    with transaction.atomic():
        applicants(house["amara"], now)
    for back in range(ROUNDS[size], 0, -1):
        told(f"{60 * back} days ago")
        with transaction.atomic():
            history(house, now - dt.timedelta(days=60 * back), with_files=False)
    told("the last sixty days")
    with demo_workflow.sandbox() as remote:
        history(house, now, with_files=True, remote=remote)
        told("the workflow system")
        demo_workflow.play(remote)
    told("their mails")
    # Before one of them leaves: to him nothing would go out any more.
    demo_clock.send_what_is_old()
    with transaction.atomic(), demo_clock.at(now - dt.timedelta(days=3)):
        people.suspend(house["pavel"], by=house["amara"], reason="Left the company; his tickets need somebody new.")
    read(house["elena"], now)
    read_notices(now)
    demo_clock.send_what_is_old()
    told("the help center")
    with transaction.atomic(), demo_clock.at(now - dt.timedelta(days=45)):
        help_center.fill(today=timezone.localdate(now))


def history(house: People, now: dt.datetime, *, with_files: bool, remote: Sandbox | None = None) -> None:
    """All stories once, ending at `now`. Of earlier rounds only what is finished: no queue is years long. The workflow
    system `remote` hears of the latest."""
    for number, story in enumerate(stories()):
        uploaded = uploads(story, house) if with_files else {}
        if with_files or _is_finished(story):
            with demo_workflow.told_to(remote if story.days < demo_workflow.DAYS else None), transaction.atomic():
                tell(story, house, uploaded, begins(story, number, now), timezone.now() if with_files else now)


def _is_finished(story: Story) -> bool:
    return story.days >= 16 and not story.uploads()


def uploads(story: Story, house: People) -> Files:
    return {name: files.stage(demo_files.upload(name), by=house[who]) for who, name in story.uploads()}


def begins(story: Story, number: int, now: dt.datetime) -> dt.datetime:
    """When it was submitted: within the working day, each at another minute."""
    moment = now - dt.timedelta(days=story.days)
    if story.days < 2:
        return moment
    return moment.replace(hour=8, minute=0) + dt.timedelta(minutes=number * 37 % 500)


def tell(story: Story, house: People, uploaded: Files, moment: dt.datetime, now: dt.datetime) -> Ticket:
    """One ticket from its submission to its last step; nothing happens later than `now`."""
    day, today = timezone.localdate(moment), timezone.localdate()
    with demo_clock.at(moment):
        ticket = lifecycle.submit(
            by=house[story.who],
            category=TicketCategory.objects.get(name=story.category),
            sub_category=story.sub_category,
            subject=story.subject,
            description=story.description,
            details=story.details_on(day),
            scheduled_date=day + dt.timedelta(days=story.wanted) if story.wanted is not None else None,
            files=[uploaded[name] for name in story.files if name in uploaded],
        )
    for left, step in zip(range(len(story.steps), 0, -1), story.steps, strict=True):
        moment = min(moment + dt.timedelta(hours=step["after"]), now - dt.timedelta(minutes=left))
        with demo_clock.at(moment):
            play(Scene(Ticket.objects.get(pk=ticket.pk), house, uploaded, today), step)
    return ticket


def read(person: Employee, now: dt.datetime) -> None:
    """Elena has looked at what is old; some news waits for her."""
    for ticket in Ticket.objects.filter(employee=person, news_at__lt=now - UNREAD):
        visits.seen(ticket, person)


def read_notices(now: dt.datetime) -> None:
    """Everybody has looked behind the bell lately."""
    Notice.objects.filter(created_at__lt=now - UNREAD_NOTICES).update(read_at=now - UNREAD_NOTICES)


def person(email: str) -> Employee:
    first_name, last_name, department = NAMES[email]
    made = people.bring_in(
        by=SYSTEM,
        email=email,
        first_name=first_name,
        last_name=last_name,
        department=Department.objects.get(name=department),
        role=demo_accounts.ROLES[email],
        approved=True,
        password=demo_accounts.PASSWORD,
    )
    return people.prove_address(made, by=made)


def came(
    email: str, first_name: str, last_name: str, department: str, *, approved: bool = False, proven: bool = True
) -> Employee:
    """Somebody nobody signs in as: without a password."""
    made = people.bring_in(
        by=SYSTEM,
        email=email,
        first_name=first_name,
        last_name=last_name,
        department=Department.objects.get(name=department),
        approved=approved,
        announce=not proven,
    )
    return people.prove_address(made, by=made) if proven else made


def colleague(first_name: str, last_name: str, department: str) -> Employee:
    return came(f"{first_name}.{last_name}@example.com".lower(), first_name, last_name, department, approved=True)


def staff() -> People:
    """Those who sign in, their colleagues, a coordinator for most departments, a clerk, and one who left."""
    admin = person(demo_accounts.ADMIN)
    house = {
        "amara": admin,
        "chen": person(demo_accounts.COORDINATOR),
        "elena": person(demo_accounts.EMPLOYEE),
        **{name: colleague(*known) for name, known in {**COLLEAGUES, **COORDINATORS}.items()},
        "ines": colleague("Ines", "Duarte", "Operations"),
    }
    for name in COORDINATORS:
        reason = "Looks after the tickets of the department."
        house[name] = people.change_role(house[name], by=admin, role=Role.TICKET_COORDINATOR, reason=reason)
    house["ines"] = people.change_role(house["ines"], by=admin, role=Role.SYSTEM_ADMIN, reason="Stands in for Amara.")
    people.grant(house["noor"], by=admin, group=GrantedGroup.HELP_CENTER_EDITOR, reason="Writes our help pages.")
    clerk = colleague("Yuki", "Tanaka", "Human Resources")
    people.grant(clerk, by=admin, group=GrantedGroup.DATA_CLERK, reason="Keeps the lists of people.")
    left = colleague("Liam", "Murphy", "Sales")
    people.suspend(left, by=admin, reason="Left the company at the end of last month.")
    budget = Department.objects.get(name="Budget")
    budget.head_email = "head.of.budget@example.com"
    note(budget, by=admin, verb="change")
    budget.save()
    return house


def applicants(admin: Employee, now: dt.datetime) -> None:
    """People to decide about, each with something to look at twice."""
    with demo_clock.at(now - dt.timedelta(days=2)):
        came("tomasz.nowak@example.com", "Tomasz", "Nowak", "Operations")
        # The name of a colleague, from elsewhere.
        came("elena.rossi@mail.example.org", "Elena", "Rossi", "Marketing")
        typed_wrong = came(demo_clock.WRONG_ADDRESS, "Kofi", "Mensah", "Finance", approved=False, proven=True)
        people.approve(typed_wrong, by=admin)
    with demo_clock.at(now - dt.timedelta(days=6)):
        stranger = came("best.offers@shop.example.net", "Best", "Offers", "Sales")
        people.reject(stranger, by=admin, reason="This is an address of a shop; it does not belong to a colleague.")
    with demo_clock.at(now - dt.timedelta(days=3)):
        again = came("maria.silva@example.com", "Maria", "Silva", "Legal")
    with demo_clock.at(now - dt.timedelta(days=1)):
        again = people.reject(again, by=admin, reason="We know nobody of this name in Legal. Which department is it?")
        people.apply_again(
            again,
            by=again,
            password=f"{again.company_id} takes a long walk",
            first_name="Maria",
            last_name="Silva",
            department=Department.objects.get(name="Finance"),
        )
    came("applicant@example.com", "Ana", "Petrov", "Finance", proven=False)
