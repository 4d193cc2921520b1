"""Categories and their extra fields, as admins write them; and the preview, which writes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from people.models import Employee
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tickets.admin.category_forms import key_of
from tickets.models import CategoryField, Ticket, TicketCategory

pytestmark = pytest.mark.django_db

PREVIEW = "/admin/tickets/ticketcategory/preview/"
ADD = "/admin/tickets/ticketcategory/add/"


@pytest.fixture
def admin(client: Client) -> Employee:
    person = people.admin(first_name="Amara", last_name="Okafor")
    client.force_login(person)
    return person


@pytest.fixture
def rooms() -> TicketCategory:
    made = TicketCategory.objects.create(
        name="Rooms", description="Something about rooms.", icon="building", sub_categories=["Heating", "Keys"],
        assigned_department=people.department("Operations"), default_priority="Medium",
    )  # fmt: skip
    for position, (key, label, kind, more) in enumerate(
        [
            ("place", "Where", "text", {"required": True}),
            ("begins", "Begins on", "date", {"not_past": True}),
            ("size", "Size", "choice", {"choices": ["Small", "Large"]}),
        ]
    ):
        CategoryField.objects.create(category=made, key=key, label=label, kind=kind, position=position, **more)
    return made


def address(category: TicketCategory) -> str:
    return f"/admin/tickets/ticketcategory/{category.pk}/change/"


def posted(category: TicketCategory | None, *new: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the page of a category sends when nothing else was touched."""
    if category is None:
        data: dict[str, Any] = {"icon": "tool", "default_priority": "Medium", "position": "0", "is_active": "on"}
        fields: list[CategoryField] = []
    else:
        data = {
            "name": category.name, "description": category.description, "icon": category.icon,
            "sub_categories": "\r\n".join(category.sub_categories), "default_priority": category.default_priority,
            "assigned_department": category.assigned_department_id or "", "position": category.position,
            "read_version": category.version, "category": category.pk,
        }  # fmt: skip
        data |= {"is_active": "on"} if category.is_active else {}
        fields = list(category.fields.order_by("position", "pk"))
    for number, field in enumerate(fields):
        each = {
            "id": field.pk, "label": field.label, "help": field.help, "choices": "\r\n".join(field.choices),
            "position": field.position, "read_version": field.version, "after": field.not_before,
        }  # fmt: skip
        ticks = ("required", "is_active", "not_negative", "not_past")
        each |= {name: "on" for name in ticks if getattr(field, name)}
        data |= {f"fields-{number}-{name}": value for name, value in each.items()}
    for number, each in enumerate(new, start=len(fields)):
        data |= {
            f"fields-{number}-{name}": value for name, value in ({"is_active": "on", "position": number} | each).items()
        }
    data |= {"fields-TOTAL_FORMS": len(fields) + len(new), "fields-INITIAL_FORMS": len(fields)}
    data |= {"fields-MIN_NUM_FORMS": 0, "fields-MAX_NUM_FORMS": 1000}
    return {name: value for name, value in (data | changes).items() if value is not None}


def words(answer: Any) -> str:
    return answer.content.decode()


def test_a_category_is_made_with_lists_one_a_line_and_keys_from_labels(client: Client, admin: Employee) -> None:
    new = [
        {"label": "Größe des Raums!", "kind": "choice", "choices": " Small \r\n\r\nLarge"},
        {"label": "Begins on", "kind": "date", "not_past": "on"},
        {"label": "Ends on", "kind": "date", "after": "begins_on"},
    ]
    answer = client.post(ADD, posted(None, *new, name="Rooms", sub_categories="Heating\r\n Keys \r\n"))
    made = TicketCategory.objects.get(name="Rooms")
    assert answer.headers["Location"] == address(made)
    assert made.sub_categories == ["Heating", "Keys"]
    size, begins, ends = made.fields.order_by("position")
    assert (size.key, size.choices) == ("groe_des_raums", ["Small", "Large"])
    assert (begins.key, begins.not_past, ends.not_before) == ("begins_on", True, "begins_on")
    assert made.history.get().verb == "add"


@pytest.mark.parametrize(
    ("label", "taken", "key"),
    [
        ("Serial number", set(), "serial_number"),
        ("Serial number", {"serial_number", "serial_number_2"}, "serial_number_3"),
        ("  2nd choice ", set(), "nd_choice"),
        ("日本", set(), "field"),
        ("é" * 300, set(), "e" * 46),
    ],
)
def test_a_key_says_what_the_label_says(label: str, taken: set[str], key: str) -> None:
    assert key_of(label, taken) == key


def test_a_change_is_on_the_record_with_its_difference_and_reason(
    client: Client, admin: Employee, rooms: TicketCategory
) -> None:
    data = posted(rooms, name="Rooms & keys", reason="They asked for both.")
    data["fields-0-label"] = "Where exactly"
    assert client.post(address(rooms), data).status_code == 302
    page = words(client.get(address(rooms)))
    assert "Amara Okafor changed the category." in page
    assert "Amara Okafor changed the field “Where exactly”." in page
    assert page.count("They asked for both.") == 2
    assert "<del>Rooms</del>" in page
    assert "<ins>Rooms &amp; keys</ins>" in page
    assert [row.verb for row in CategoryField.objects.get(category=rooms, key="begins").history.all()] == [""]


def test_nothing_changed_writes_nothing(client: Client, admin: Employee, rooms: TicketCategory) -> None:
    before = rooms.history.count(), CategoryField.history.count()
    assert client.post(address(rooms), posted(rooms)).status_code == 302
    assert (rooms.history.count(), CategoryField.history.count()) == before


def test_key_and_kind_of_a_stored_field_stay_whatever_is_posted(
    client: Client, admin: Employee, rooms: TicketCategory
) -> None:
    data = posted(rooms) | {"fields-0-key": "elsewhere", "fields-0-kind": "money", "fields-0-label": "Place"}
    assert client.post(address(rooms), data).status_code == 302
    field = rooms.fields.order_by("position").first()
    assert (field.key, field.kind, field.label) == ("place", "text", "Place")


def test_a_field_in_use_is_retired_and_the_page_says_how_many_tickets_use_it(
    client: Client, admin: Employee, rooms: TicketCategory
) -> None:
    for details in ({"place": "Hall"}, {"place": "Yard"}, {}):
        Ticket.objects.filter(pk=quick_ticket("Open").pk).update(category=rooms, dynamic_data=details)
    page = words(client.get(address(rooms)))
    assert "used in 2 tickets" in page
    assert page.count("used in no ticket") == 2
    data = posted(rooms)
    del data["fields-0-is_active"]
    client.post(address(rooms), data)
    assert not rooms.fields.get(key="place").is_active
    assert Ticket.objects.filter(dynamic_data__place="Hall").exists()
    assert "retired the field “Where”." in words(client.get(address(rooms)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "it support"}, "There is a category of this name already."),
        ({"name": ""}, "This field is required."),
        ({"sub_categories": "Heating\nHeating"}, "“Heating” stands there twice."),
        ({"sub_categories": "x" * 101}, "100 characters a line."),
        ({"icon": "skull"}, "Select a valid choice."),
        ({"fields-0-label": ""}, "This field is required."),
        ({"fields-2-choices": ""}, "Write the choices, one a line."),
        ({"fields-0-choices": "a\nb"}, "Only a choice has choices."),
        ({"fields-0-not_negative": "on"}, "Only a number can be below 0."),
        ({"fields-0-not_past": "on"}, "Only a date can be in the past."),
        ({"fields-0-after": "begins"}, "Only a date can be before another."),
        ({"fields-1-after": "place"}, "There is no other date field with this key."),
        ({"fields-1-after": "begins"}, "There is no other date field with this key."),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(
    client: Client, admin: Employee, rooms: TicketCategory, changes: dict[str, str], sentence: str
) -> None:
    before = rooms.history.count()
    answer = client.post(address(rooms), posted(rooms, description="Typed with care.", **changes))
    page = words(answer)
    assert answer.status_code == 422
    assert sentence in page.replace("&#x27;", "'")
    assert page.count(sentence) <= 2, "once in the summary and once at its field"
    assert "Typed with care." in page
    assert 'href="#id_' in page
    assert rooms.history.count() == before


def test_two_fields_never_share_a_key(client: Client, admin: Employee, rooms: TicketCategory) -> None:
    answer = client.post(address(rooms), posted(rooms, {"label": "Another", "kind": "text", "key": "place"}))
    assert answer.status_code == 422
    assert "Another field has this key." in words(answer)
    answer = client.post(address(rooms), posted(rooms, {"label": "Place", "kind": "text"}))
    assert answer.status_code == 302
    assert rooms.fields.get(label="Place").key == "place_2"


def test_of_two_admins_the_second_is_told_and_keeps_what_they_typed(
    client: Client, admin: Employee, rooms: TicketCategory
) -> None:
    first, second = posted(rooms, name="Rooms A"), posted(rooms, name="Rooms B")
    assert client.post(address(rooms), first).status_code == 302
    answer = client.post(address(rooms), second)
    assert answer.status_code == 422
    assert "Somebody else has changed this since you opened it." in words(answer)
    assert 'value="Rooms B"' in words(answer)
    assert TicketCategory.objects.get(pk=rooms.pk).name == "Rooms A"


def test_the_same_holds_for_a_field(client: Client, admin: Employee, rooms: TicketCategory) -> None:
    first, second = posted(rooms), posted(rooms)
    first["fields-0-label"], second["fields-0-label"] = "A", "B"
    client.post(address(rooms), first)
    assert client.post(address(rooms), second).status_code == 422
    assert rooms.fields.get(key="place").label == "A"


def test_a_field_of_another_category_is_not_reached_from_here(
    client: Client, admin: Employee, rooms: TicketCategory
) -> None:
    foreign = CategoryField.objects.exclude(category=rooms).first()
    assert foreign is not None
    data = posted(rooms) | {"fields-0-id": foreign.pk, "fields-0-label": "Taken over"}
    client.post(address(rooms), data)
    assert not CategoryField.objects.filter(label="Taken over", pk=foreign.pk).exists()


def test_without_a_script_a_field_is_added_by_a_button_and_an_empty_one_is_none(
    client: Client, admin: Employee, rooms: TicketCategory
) -> None:
    answer = client.post(address(rooms), posted(rooms, name="Typed") | {"step": "add-field"})
    page = words(answer)
    assert 'name="fields-3-label"' in page
    assert 'value="Typed"' in page
    assert TicketCategory.objects.get(pk=rooms.pk).name == "Rooms"
    client.post(address(rooms), posted(rooms, {"label": "", "kind": ""}))
    assert rooms.fields.count() == 3


# The preview


def test_the_preview_shows_what_is_not_saved_and_saves_nothing(
    client: Client, admin: Employee, rooms: TicketCategory
) -> None:
    data = posted(rooms, {"label": "How many chairs", "kind": "integer", "help": "Roughly."}, name="Rooms anew")
    del data["fields-2-is_active"]
    answer = client.post(PREVIEW, data)
    page = words(answer)
    assert answer.status_code == 200
    for shown in ("Rooms anew", "Where", "Begins on", "How many chairs", "Roughly.", "Heating", "site/site.css"):
        assert shown in page
    assert "Large" not in page, "a retired field is not asked"
    assert "<script" not in page
    stored = TicketCategory.objects.get(pk=rooms.pk)
    assert (stored.name, stored.fields.count(), stored.history.count()) == ("Rooms", 3, rooms.history.count())


def test_the_preview_of_what_is_half_written_says_what_it_leaves_out(client: Client, admin: Employee) -> None:
    page = words(client.post(PREVIEW, posted(None, {"label": "Only a label", "kind": ""}, name="")))
    assert "Without a name yet" in page
    assert "One field is not shown" in page


def test_the_preview_is_asked_by_post_and_only_by_who_may_edit(client: Client, rooms: TicketCategory) -> None:
    client.force_login(people.admin())
    assert client.get(PREVIEW).status_code == 405
    for person in (people.coordinator(), people.clerk()):
        client.force_login(person)
        assert client.post(PREVIEW, posted(rooms)).status_code == 403
    client.force_login(people.person())
    assert client.post(PREVIEW, posted(rooms)).status_code in {302, 403}


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ settings.SECRET_KEY }}"]
)
def test_what_admins_write_stays_words_everywhere(
    client: Client, admin: Employee, rooms: TicketCategory, label: str
) -> None:
    data = posted(
        rooms, {"label": label, "kind": "choice", "choices": label, "help": label}, name=label, description=label
    )
    pages = [client.post(PREVIEW, data), client.post(address(rooms), data, follow=True)]
    pages.append(client.get("/admin/tickets/ticketcategory/"))
    for answer in pages:
        assert answer.status_code == 200
        assert "<script>alert" not in words(answer)
        assert "<img src=x" not in words(answer)


# Who may


def test_who_only_looks_sees_no_buttons_and_changes_nothing(client: Client, rooms: TicketCategory) -> None:
    for person in (people.coordinator(), people.clerk()):
        client.force_login(person)
        page = words(client.get(address(rooms)))
        assert '<fieldset class="bo-plain" disabled>' in page
        assert ">Save<" not in page.partition("bo-plain")[2]
        assert client.post(address(rooms), posted(rooms, name="Mine")).status_code == 403
        assert client.get(ADD).status_code == 403
        assert client.post(ADD, posted(None, name="Mine")).status_code == 403
    assert not TicketCategory.objects.filter(name="Mine").exists()


def test_nobody_deletes_a_category(client: Client, admin: Employee, rooms: TicketCategory) -> None:
    assert client.post(f"/admin/tickets/ticketcategory/{rooms.pk}/delete/", {"post": "yes"}).status_code == 403
    assert TicketCategory.objects.filter(pk=rooms.pk).exists()


def test_one_that_is_not_there_answers_404(client: Client, admin: Employee) -> None:
    assert client.get("/admin/tickets/ticketcategory/987654321/change/").status_code == 404
    assert client.post(PREVIEW, posted(None) | {"category": "987654321"}).status_code == 404


@pytest.mark.parametrize(
    "broken",
    [{"fields-TOTAL_FORMS": "x"}, {"fields-TOTAL_FORMS": "99999"}, {"fields-0-id": "x"}, {"position": "9" * 30}],
)
def test_a_forged_form_is_refused_without_an_error_of_ours(
    client: Client, admin: Employee, rooms: TicketCategory, broken: dict[str, str]
) -> None:
    for step in ({}, {"step": "add-field"}):
        assert client.post(address(rooms), posted(rooms) | broken | step).status_code in {200, 302, 422}
    assert client.post(PREVIEW, posted(rooms) | broken).status_code == 200
    assert rooms.fields.count() == 3
