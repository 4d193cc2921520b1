"""The clerk's whole way: a file with errors, its columns, the plan, the good rows, refused ones mended, and back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from jobs import leases
from jobs.models import Run
from jobs.spreadsheet_models import Export
from jobs.spreadsheets import exporting
from people import lifecycle
from people.enums import Status
from people.models import Employee
from tests.browser.conftest import OpenWindow
from tests.browser.looking import COLOURS, too_wide, violations
from tests.browser.steps import come_in
from tests.factories import people

TABLE = """Forename;Surname;Mail;Team
Ada;Lovelace;ada@example.com;Sales
Bea;Arthur;bea.arthur@example;Sales
Cem;Özdemir;cem@example.com;Sales dept
Dora;Maar;dora@example.com;Legal
"""
#: Unfold draws no <main>.
OF_UNFOLD = {"landmark-one-main", "region"}
PHONE = 390


@pytest.fixture
def clerk(site: str) -> Employee:
    for name in ("Sales", "Legal"):
        people.department(name)
    return people.clerk(email="clerk@example.com", first_name="Yuki")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "staff.csv"
    path.write_bytes(TABLE.encode("cp1252"))
    return path


def row_of(page: Page, number: int) -> Locator:
    rows = page.get_by_role("region", name="Row by row").get_by_role("listitem")
    return rows.filter(has=page.get_by_text(f"Row {number}", exact=True))


def loads(page: Page, path: Path) -> None:
    page.goto("/admin/people/employee/")
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_label("Employees")).to_be_checked()
    page.get_by_label("The file").set_input_files(path)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="Which column goes where?")).to_be_visible()


def checks(page: Page) -> None:
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_role("heading", name="The file is being read")).to_be_visible()
    leases.drain(Run)
    # The page sees it by itself.
    expect(page.get_by_role("heading", name="Nothing has happened yet. This is the plan.")).to_be_visible()


def applies(page: Page, words: str) -> None:
    page.get_by_role("button", name=words).click()
    expect(page.get_by_role("heading", name="It is being done")).to_be_visible()
    leases.drain(Run)


def brought_in() -> set[str]:
    return set(Employee.objects.exclude(email="clerk@example.com").values_list("email", flat=True))


def mends_the_refused(page: Page, mended: Path) -> None:
    """The columns are known by now."""
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV of the refused rows").click()
    downloading.value.save_as(mended)
    text = mended.read_text("utf-8-sig")
    assert [row["Surname"] for row in csv.DictReader(text.splitlines())] == ["Arthur"]
    mended.write_text(text.replace("bea.arthur@example,", "bea.arthur@example.com,"), "utf-8")
    loads(page, mended)
    checks(page)
    applies(page, "Apply the row")
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()


def takes_back(page: Page, address: str) -> None:
    """All but her whom somebody touched since."""
    ada = Employee.objects.get(email="ada@example.com")
    lifecycle.change_department(ada, by=people.admin(), department=people.department("Legal"), reason="She moved.")
    page.goto(address)
    page.get_by_role("link", name="Take back").click()
    expect(page.get_by_text("3 rows that came in are removed.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", name="It is being taken back")).to_be_visible()
    leases.drain(Run)
    expect(page.get_by_role("heading", name="Taken back, but for what somebody touched since")).to_be_visible()
    expect(row_of(page, 2)).to_contain_text("Legal")


def test_the_clerks_whole_way(page: Page, clerk: Employee, table: Path, tmp_path: Path, site: str) -> None:
    come_in(page, clerk, site)
    loads(page, table)
    expect(page.get_by_text("separated by semicolons")).to_be_visible()
    expect(page.get_by_role("combobox", name="Goes to Team")).to_have_value("department")
    page.get_by_label("Sales dept", exact=True).select_option(label="Sales")
    checks(page)
    assert brought_in() == set(), "a plan does nothing"
    expect(row_of(page, 3)).to_contain_text("Enter an e-mail address, such as name@example.com.")
    expect(row_of(page, 4)).to_contain_text("Sales")
    applies(page, "Apply the 3 good rows")
    expect(page.get_by_role("heading", name="Done, with some left as they were")).to_be_visible()
    assert brought_in() == {"ada@example.com", "cem@example.com", "dora@example.com"}
    assert set(Employee.objects.exclude(pk=clerk.pk).values_list("status", flat=True)) == {Status.PENDING}

    first = page.url
    mends_the_refused(page, tmp_path / "mended.csv")
    assert "bea.arthur@example.com" in brought_in()
    takes_back(page, first)
    assert {"ada@example.com", "bea.arthur@example.com"} <= brought_in()
    assert not {"cem@example.com", "dora@example.com"} & brought_in()


def test_it_all_goes_without_our_script(page: Page, clerk: Employee, table: Path, site: str) -> None:
    """Links and forms alone. (Unfold's own pages show nothing at all without scripts.)"""
    # But for one word, or Unfold's script breaks on a file field that is none of its own.
    left = "for (const input of document.querySelectorAll('input[type=file]')) input.hasChangeListener = true;"
    script = f"document.addEventListener('DOMContentLoaded', () => {{ {left} }});"
    page.route("**/backoffice.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    come_in(page, clerk, site)
    loads(page, table)
    page.get_by_role("button", name="Check all rows").click()
    leases.drain(Run)
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("button", name="Apply the 2 good rows").click()
    leases.drain(Run)
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", name="Done, with some left as they were")).to_be_visible()
    assert brought_in() == {"ada@example.com", "dora@example.com"}


def test_a_file_that_is_too_large_is_said_before_it_is_sent(
    page: Page, clerk: Employee, table: Path, site: str, settings: object
) -> None:
    settings.SPREADSHEET_MAX_BYTES = 100  # type: ignore[attr-defined]  # pytest-django's
    come_in(page, clerk, site)
    page.goto("/admin/jobs/spreadsheet/new/?kind=people")
    page.get_by_label("The file").set_input_files(table)
    expect(page.get_by_text("This file is too large: at most 100")).to_be_visible()
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert").get_by_role("link", name="This file is too large")).to_be_visible()


def test_what_is_wrong_with_the_file_takes_the_focus(page: Page, clerk: Employee, tmp_path: Path, site: str) -> None:
    bad = tmp_path / "page.csv"
    bad.write_text("<html><body><table><tr><td>Ada</td></tr></table></body></html>")
    come_in(page, clerk, site)
    page.goto("/admin/jobs/spreadsheet/new/?kind=people")
    page.get_by_label("The file").set_input_files(bad)
    page.get_by_role("button", name="Read the file").click()
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("This is a web page (HTML)")


def test_a_large_list_is_exported_in_the_background(
    page: Page, clerk: Employee, site: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    for _each in range(3):
        people.person()
    come_in(page, clerk, site)
    page.goto("/admin/people/employee/?tab=all")
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_label("CSV: text that every program reads").check()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("0 of 4 rows written")).to_be_visible()
    leases.drain(Export)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the CSV file").click()
    downloading.value.save_as(tmp_path / "people.csv")
    assert len((tmp_path / "people.csv").read_text("utf-8-sig").splitlines()) == 5


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_its_pages_are_sound_on_a_phone_and_on_a_desk(
    open_window: OpenWindow, clerk: Employee, table: Path, site: str, colours: str
) -> None:
    page = open_window(color_scheme=colours, reduced_motion="reduce")
    rules = {} if colours == "light" else {"rules": COLOURS}

    def is_sound() -> None:
        found = violations(page, **rules)
        assert {rule: where for rule, where in found.items() if rule not in OF_UNFOLD} == {}
        assert too_wide(page, PHONE) == []

    come_in(page, clerk, site)
    page.goto("/admin/jobs/spreadsheet/new/?kind=people")
    is_sound()
    page.goto("/admin/jobs/spreadsheet/")
    is_sound()
    loads(page, table)
    is_sound()
    checks(page)
    is_sound()
    applies(page, "Apply the 2 good rows")
    expect(page.get_by_role("heading", name="Done, with some left as they were")).to_be_visible()
    is_sound()
    page.get_by_role("link", name="Take back").click()
    is_sound()
    page.goto("/admin/jobs/export/new/people/")
    is_sound()
    page.goto("/admin/jobs/export/")
    is_sound()
