"""The first departments (domain.md). Admins change them afterwards; this runs once."""

from django.db import migrations
from django.utils import timezone

DEPARTMENTS = {
    "IT Department": "Computers, programs, accounts and the network.",
    "Human Resources": "Leave, pay, benefits and papers.",
    "Finance": "Accounts, invoices and payments.",
    "Operations": "Buildings, rooms, repairs, cleaning and security.",
    "Marketing": "What the world hears of us.",
    "Sales": "Offers and orders.",
    "Customer Service": "Questions from customers.",
    "Legal": "Contracts and the law.",
    "Asset Management": "Devices that are lent out and come back.",
    "Budget": "Money asked for and granted.",
}


def add(apps, schema_editor):
    Department = apps.get_model("people", "Department")
    HistoricalDepartment = apps.get_model("people", "HistoricalDepartment")
    for name, description in DEPARTMENTS.items():
        if Department.objects.filter(name__iexact=name).exists():
            continue  # migrated back and forth: what admins made of it since stays
        department = Department.objects.create(name=name, description=description)
        # Migrations have no signals: the first history row is written by hand, so that the record begins at the start.
        columns = {field.attname: getattr(department, field.attname) for field in department._meta.concrete_fields}
        HistoricalDepartment.objects.create(
            **columns, history_date=timezone.now(), history_type="+", actor_name="system", verb="first set"
        )


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
