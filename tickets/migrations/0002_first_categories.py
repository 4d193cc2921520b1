"""The first categories and their extra fields (domain.md). Admins change them afterwards; this runs once."""

from django.db import migrations
from django.utils import timezone

ASSETS = ["Laptop", "Printer", "Projector", "Phone", "Other"]

# name: (description, department, priority, sub-categories)
CATEGORIES = {
    "IT Support": (
        "Something with a computer, a program or the network does not work.",
        "IT Department",
        "Medium",
        ["Hardware", "Software", "Network", "Account access", "Other"],
    ),
    "Asset Check Out": ("Borrow a device for some time.", "Asset Management", "Medium", ASSETS),
    "Asset Check In": ("Give a device back.", "Asset Management", "Low", ASSETS),
    "Budget Proposal": (
        "Ask for money for something planned or already paid.",
        "Budget",
        "Medium",
        ["Capital expense", "Operating expense", "Reimbursement", "Emergency"],
    ),
    "HR Request": (
        "Leave, pay, benefits and papers.",
        "Human Resources",
        "Medium",
        ["Leave", "Payroll", "Benefits", "Documents", "Other"],
    ),
    "Facility Request": (
        "Rooms, repairs, cleaning and security.",
        "Operations",
        "Medium",
        ["Maintenance", "Cleaning", "Security", "Space", "Other"],
    ),
    "Others": ("Anything that fits nowhere else.", None, "Low", []),
}

ISSUE_TYPES = ["Does not start", "Error message", "Slow", "Lost or stolen", "Access", "Installation", "Other"]
CONDITIONS = ["As good as new", "Used", "Damaged", "Does not work"]

# category: [(key, label, kind, extras)]
FIELDS = {
    "IT Support": [
        ("issue_type", "Kind of problem", "choice", {"choices": ISSUE_TYPES}),
        ("other_issue", "If another kind: which", "text", {}),
        ("asset_name", "Device", "text", {"help": "Its name or model, such as ThinkPad X1."}),
        ("serial_number", "Serial number", "text", {"help": "Usually on a label at the bottom of the device."}),
        ("location", "Where", "text", {"help": "Building, floor, room."}),
    ],
    "Asset Check Out": [
        ("asset_name", "Device", "text", {"required": True}),
        ("serial_number", "Serial number", "text", {}),
        ("location", "Where you will use it", "text", {"required": True}),
        ("expected_return_date", "You bring it back on", "date", {"required": True, "not_past": True}),
    ],
    "Asset Check In": [
        ("asset_name", "Device", "text", {"required": True}),
        ("serial_number", "Serial number", "text", {"required": True}),
        ("location", "Where it is now", "text", {}),
        ("condition", "Condition", "choice", {"choices": CONDITIONS}),
    ],
    "Budget Proposal": [
        ("performance_start_date", "Begins on", "date", {"required": True}),
        ("performance_end_date", "Ends on", "date", {"required": True, "not_before": "performance_start_date"}),
        ("cost_items", "Cost items", "cost items", {"required": True}),
        ("requested_budget", "Budget asked for", "money", {"required": True, "not_negative": True}),
        ("approved_by", "Agreed by", "text", {"help": "Who has agreed already, if somebody has."}),
    ],
    "Facility Request": [("location", "Where", "text", {"required": True, "help": "Building, floor, room."})],
}


def add(apps, schema_editor):
    Department = apps.get_model("people", "Department")
    TicketCategory = apps.get_model("tickets", "TicketCategory")
    CategoryField = apps.get_model("tickets", "CategoryField")
    for name, (description, department, priority, sub_categories) in CATEGORIES.items():
        if TicketCategory.objects.filter(name__iexact=name).exists():
            continue  # migrated back and forth: what admins made of it since stays
        category = TicketCategory.objects.create(
            name=name,
            description=description,
            assigned_department=Department.objects.get(name=department) if department else None,
            default_priority=priority,
            sub_categories=sub_categories,
        )
        _remember(apps, "HistoricalTicketCategory", category)
        for position, (key, label, kind, extras) in enumerate(FIELDS.get(name, [])):
            field = CategoryField.objects.create(
                category=category, position=position, key=key, label=label, kind=kind, **extras
            )
            _remember(apps, "HistoricalCategoryField", field)


def _remember(apps, history, row):
    """Migrations have no signals: the first history row is written by hand, so that the record begins at the start."""
    columns = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    apps.get_model("tickets", history).objects.create(
        **columns, history_date=timezone.now(), history_type="+", actor_name="system", verb="first set"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0001_initial"),
        ("people", "0002_first_departments"),
    ]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
