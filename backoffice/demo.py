"""What `manage.py demo` makes: three people to sign in as, and tickets in several states, all through the verbs.

The same every time; dates are relative to the day it runs. A larger house comes with the size.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from audit.actors import SYSTEM
from backoffice import demo_accounts
from people import lifecycle as people
from people.enums import GrantedGroup, Role
from people.models import Department, Employee
from tickets import conversation
from tickets import lifecycle as tickets
from tickets.enums import Priority
from tickets.models import Ticket, TicketCategory

NAMES = {
    demo_accounts.ADMIN: ("Amara", "Okafor", "Operations"),
    demo_accounts.COORDINATOR: ("Chen", "Wei", "IT Department"),
    demo_accounts.EMPLOYEE: ("Elena", "Rossi", "Marketing"),
}


def make() -> None:
    """Everything. The caller wraps it in a transaction: half a demo would look like a fault."""
    admin = person(demo_accounts.ADMIN)
    coordinator = person(demo_accounts.COORDINATOR)
    employee = person(demo_accounts.EMPLOYEE)
    colleagues(admin)
    applicants(admin)
    waiting(employee)
    in_the_queue(employee, admin)
    in_work(employee, admin, coordinator)
    on_hold(employee, admin, coordinator)
    solved(employee, admin, coordinator)
    rejected(employee, admin)


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


def colleagues(admin: Employee) -> None:
    """A clerk, one who left, and some to choose from."""
    clerk = came("yuki.tanaka@example.com", "Yuki", "Tanaka", "Human Resources", approved=True)
    people.grant(clerk, by=admin, group=GrantedGroup.DATA_CLERK, reason="Keeps the lists of people.")
    writer = came("noor.haddad@example.com", "Noor", "Haddad", "Marketing", approved=True)
    people.grant(writer, by=admin, group=GrantedGroup.HELP_CENTER_EDITOR, reason="Writes our help pages.")
    second = came("sam.lindqvist@example.com", "Sam", "Lindqvist", "Asset Management", approved=True)
    people.change_role(second, by=admin, role=Role.TICKET_COORDINATOR, reason="Looks after the equipment.")
    left = came("liam.murphy@example.com", "Liam", "Murphy", "Sales", approved=True)
    people.suspend(left, by=admin, reason="Left the company at the end of last month.")


def applicants(admin: Employee) -> None:
    """People to decide about, each with something to look at twice."""
    came("tomasz.nowak@example.com", "Tomasz", "Nowak", "Operations")
    came("elena.rossi@mail.example.org", "Elena", "Rossi", "Marketing")  # the name of a colleague, from elsewhere
    came("applicant@example.com", "Ana", "Petrov", "Finance", proven=False)
    stranger = came("best.offers@shop.example.net", "Best", "Offers", "Sales")
    people.reject(stranger, by=admin, reason="This is an address of a shop; it does not belong to a colleague.")
    again = came("maria.silva@example.com", "Maria", "Silva", "Legal")
    again = people.reject(again, by=admin, reason="We know nobody of this name in Legal. Which department is it?")
    people.apply_again(
        again,
        by=again,
        password=f"{again.company_id} takes a long walk",
        first_name="Maria",
        last_name="Silva",
        department=Department.objects.get(name="Finance"),
    )


def category(name: str) -> TicketCategory:
    return TicketCategory.objects.get(name=name)


def approved(ticket: Ticket, *, by: Employee, priority: str) -> Ticket:
    return tickets.approve(ticket, by=by, priority=priority, department=ticket.department)


def waiting(employee: Employee) -> None:
    tickets.submit(
        by=employee,
        category=category("Asset Check Out"),
        sub_category="Laptop",
        subject="A laptop for the trade fair",
        description="I present our new catalogue at the trade fair and need a light laptop for three days.",
        details={
            "asset_name": "Laptop, 13 inch",
            "location": "Trade fair, hall 4",
            "expected_return_date": (timezone.localdate() + dt.timedelta(days=14)).isoformat(),
        },
    )


def in_the_queue(employee: Employee, admin: Employee) -> None:
    ticket = tickets.submit(
        by=employee,
        category=category("IT Support"),
        sub_category="Network",
        subject="No wireless network in meeting room 3",
        description="Since this morning no device finds the network in meeting room 3. Next door it works.",
        details={"location": "Meeting room 3"},
    )
    approved(ticket, by=admin, priority=Priority.HIGH)


def in_work(employee: Employee, admin: Employee, coordinator: Employee) -> None:
    ticket = tickets.submit(
        by=employee,
        category=category("IT Support"),
        sub_category="Software",
        subject="The photo editor asks for a licence",
        description="When I open the photo editor it says that its licence has expired. I need it for the newsletter.",
    )
    ticket = tickets.claim(approved(ticket, by=admin, priority=Priority.MEDIUM), by=coordinator)
    conversation.comment(ticket, by=coordinator, comment="I have ordered the renewal; it should be here tomorrow.")
    conversation.comment(ticket, by=coordinator, comment="Charged to Marketing's cost centre.", is_internal=True)


def on_hold(employee: Employee, admin: Employee, coordinator: Employee) -> None:
    ticket = tickets.submit(
        by=employee,
        category=category("IT Support"),
        sub_category="Hardware",
        subject="The screen flickers",
        description="My second screen flickers every few minutes, worse when the heating is on.",
    )
    ticket = tickets.claim(approved(ticket, by=admin, priority=Priority.LOW), by=coordinator)
    tickets.hold(
        ticket,
        by=coordinator,
        reason="A replacement screen is on its way.",
        resume_date=timezone.localdate() + dt.timedelta(days=5),
    )


def solved(employee: Employee, admin: Employee, coordinator: Employee) -> None:
    ticket = tickets.submit(
        by=employee,
        category=category("IT Support"),
        sub_category="Account access",
        subject="Locked out of the newsletter tool",
        description="I typed an old password too often and now my account in the newsletter tool is locked.",
    )
    ticket = tickets.claim(approved(ticket, by=admin, priority=Priority.CRITICAL), by=coordinator)
    tickets.resolve(ticket, by=coordinator, resolution="The account is unlocked; you can sign in with your password.")


def rejected(employee: Employee, admin: Employee) -> None:
    ticket = tickets.submit(
        by=employee,
        category=category("Others"),
        subject="A coffee machine for our floor",
        description="We would like to have a coffee machine of our own on the third floor.",
    )
    tickets.reject(ticket, by=admin, reason="There is a new one on the second floor; please share it for now.")
