"""CSV as people have it is found out and read right."""

from __future__ import annotations

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from jobs.spreadsheets.encodings import encoding_of
from jobs.spreadsheets.reading import open_sheet
from tests.jobs.spreadsheets.files import LIMITS, opened, refusal_of, rows_of

LETTERS = {
    "cp1252": ["Müller, Jürgen", "Straße 5, Größe", "Café “naïve” – 5 €"],
    "iso8859_2": ["Żółć gęślą jaźń", "Łódź, Kraków", "świętokrzyskie"],
    "cp1250": ["Příliš žluťoučký kůň", "Šárka Nováková", "Žďár nad Sázavou"],
    "cp1251": ["Иванов Иван, отдел кадров", "принтер не работает", "Сергей Петров"],
    "koi8_r": ["Иванов Иван, отдел кадров", "принтер не работает", "Сергей Петров"],
    "cp1253": ["Παπαδόπουλος Γιώργος", "Αθήνα, Ελλάδα", "εκτυπωτής δεν λειτουργεί"],
    "cp1256": ["محمد علي", "القاهرة، مصر", "الطابعة لا تعمل"],
    "gb18030": ["张伟, 北京市朝阳区", "打印机不能用, 请尽快处理", "人力资源部门的申请"],
    "big5": ["陳大文, 臺北市", "印表機壞了, 請儘快處理", "人力資源部門的申請"],
    "cp932": ["田中太郎, 東京都千代田区", "プリンターが動きません", "よろしくお願いします"],
    "cp949": ["김철수, 서울특별시", "프린터가 작동하지 않습니다", "인사부에 문의하세요"],
}


def lines(*texts: str, end: str = "\n") -> str:
    return "".join(text + end for text in texts)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"),
     ("utf-32", "UTF-32")],
)  # fmt: skip
def test_unicode_is_read_with_its_mark_and_without(encoding: str, named: str) -> None:
    content = lines("name;town", "Jürgen;Łódź", "Zoë;東京").encode(encoding)
    sheet = opened(content)
    assert sheet.found.words() == f"CSV, {named}, separated by semicolons, Unix line ends"
    assert sheet.header == ["name", "town"]
    assert rows_of(content) == [(2, ["Jürgen", "Łódź"]), (3, ["Zoë", "東京"])]


@pytest.mark.parametrize("encoding", LETTERS)
def test_the_encodings_of_one_country_are_told_by_their_words(encoding: str) -> None:
    texts = LETTERS[encoding]
    content = lines("name\tid", *(f"{text}\t{number}" for number in range(4) for text in texts)).encode(encoding)
    assert [cells[0] for _number, cells in rows_of(content)] == texts * 4


@pytest.mark.parametrize("encoding", ["big5", "cp932", "gb18030"])
def test_a_very_long_line_does_not_hide_its_encoding(encoding: str) -> None:
    texts = LETTERS[encoding]
    content = ("name\n" + ",".join(f'"{text}"' for text in texts * 10_000) + "\n").encode(encoding)
    assert encoding_of(io.BytesIO(content)) == encoding


def test_a_few_letters_that_look_alike_in_several_encodings_are_taken_for_the_usual_one() -> None:
    assert rows_of("name\nPeña\n".encode("cp1252")) == [(2, ["Peña"])]
    assert opened("name\nPeña\n".encode("cp1252")).found.words() == "CSV, Windows-1252, one column, Unix line ends"


@pytest.mark.parametrize("texts", [["Łuk", "Žižka Nový"], ["Łódź", "Żółty", "Paweł"], ["Już", "Każ mu", "Wróż"]])
def test_signs_of_money_and_questions_are_no_letters_of_a_word(texts: list[str]) -> None:
    assert [cells[0] for _number, cells in rows_of(lines("name", *texts).encode("cp1250"))] == texts
    western = ["£5 per José", "£7 café", "¿Qué tal José?"]
    assert [cells[0] for _number, cells in rows_of(lines("name", *western).encode("cp1252"))] == western


def test_a_line_that_is_not_utf8_among_many_that_are_is_named() -> None:
    content = lines("name", *["Jürgen Größe"] * 40).encode() + b"J\xfcrgen\n" + "Zoë\n".encode()
    assert refusal_of(content) == (
        "Most of this file is UTF-8, but line 42 is not. "
        "Open it in your spreadsheet program and save it as “CSV UTF-8” or XLSX."
    )


@pytest.mark.parametrize(
    ("delimiter", "words"),
    [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "mac"])
def test_delimiters_and_line_ends_are_found(delimiter: str, words: str, end: str) -> None:
    records = [["name", "price", "note"], ["Ana", "1,50", 'a "quoted" one, yes'], ["Ben", "-2,00", "two\nlines; or so"]]
    quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in record) for record in records]
    content = lines(*quoted, end=end).encode()
    assert rows_of(content) == [(2, records[1]), (3, records[2])]
    kind = {"\n": "Unix", "\r\n": "Windows", "\r": "old Mac"}[end]
    assert opened(content).found.words() == f"CSV, UTF-8, separated by {words}, {kind} line ends"


def test_decimal_commas_and_lists_in_a_cell_do_not_mislead() -> None:
    assert rows_of(b"name;price;share\na;1,5;2,5\nb;2,5;3,5\n") == [(2, ["a", "1,5", "2,5"]), (3, ["b", "2,5", "3,5"])]
    assert rows_of(b"Name,Tags,Team\nBob,x;y;z,IT\nEve,x;y;z,HR\n") == [
        (2, ["Bob", "x;y;z", "IT"]),
        (3, ["Eve", "x;y;z", "HR"]),
    ]


def test_titles_in_quotation_marks_leave_no_doubt() -> None:
    content = b'"na|me";"team"\n"a,b,c|d";"IT"\n"e,f,g|h";"HR"\n'
    assert rows_of(content) == [(2, ["a,b,c|d", "IT"]), (3, ["e,f,g|h", "HR"])]


def test_sentences_in_a_single_column_are_not_parted() -> None:
    notes = ["Buy milk, eggs and tea", "Call Bob", "No", "Yes", "Perhaps, but later", "Good", "Well", "Fine"]
    assert rows_of(lines("note", *notes).encode()) == [(number, [note]) for number, note in enumerate(notes, 2)]


def test_a_first_line_that_names_the_delimiter_is_no_row() -> None:
    sheet = opened(b"sep=|\r\nname|team\r\nAna|IT\r\n")
    assert (sheet.header, sheet.header_number) == (["name", "team"], 1)
    assert [(row.number, row.cells) for row in sheet.rows()] == [(2, ["Ana", "IT"])]


@pytest.mark.parametrize("named", [" ", ":", "x", '"'])
def test_a_first_line_that_names_what_is_no_delimiter_is_a_row(named: str) -> None:
    sheet = opened(f"sep={named}\r\nAna Ng x\r\nBen Li x\r\n".encode())
    assert (sheet.found.delimiter, sheet.header) == ("", [f"sep={named}".strip()])
    assert [found.cells for found in sheet.rows()] == [["Ana Ng x"], ["Ben Li x"]]


def test_quotation_marks_behind_a_blank_are_quotation_marks_where_that_makes_the_table_even() -> None:
    assert rows_of(b'date, sum, place\n2011, "6,000", Galway\n2012, "7,000", Cork\n2013, 5, Kerry\n') == [
        (2, ["2011", "6,000", "Galway"]),
        (3, ["2012", "7,000", "Cork"]),
        (4, ["2013", "5", "Kerry"]),
    ]


def test_rows_are_counted_as_the_spreadsheet_program_counts_them() -> None:
    content = b'\nStaff of 2026,,\n\nname,note,team\nAna,"two\nlines",IT\n\n,,\nBen,,HR\n'
    sheet = opened(content)
    assert sheet.header_number == 4
    assert sheet.header == ["name", "note", "team"]
    assert [(row.number, row.cells[0]) for row in sheet.rows()] == [(5, "Ana"), (8, "Ben")]
    assert [row.number for row in sheet.rows(after=5)] == [8]
    assert sheet.count() == 4


def test_the_second_walk_finds_what_the_first_found_and_the_file_stays_open() -> None:
    sheet = opened(b"name\nAna\nBen\n")
    first = next(sheet.rows())
    assert [row.cells for row in sheet.rows()] == [["Ana"], ["Ben"]]
    assert first.cells == ["Ana"]


@pytest.mark.parametrize("make", [SimpleUploadedFile, lambda name, content: ContentFile(content, name)])
def test_files_as_django_hands_them_over_are_read(make) -> None:
    file = make("people.csv", b"name\nAna\n")
    assert [row.cells for row in open_sheet(file, "people.csv", limits=LIMITS).rows()] == [["Ana"]]
    assert not file.closed


def test_an_upload_that_lies_on_disk_is_read() -> None:
    with TemporaryUploadedFile("people.csv", "text/csv", 9, None) as file:
        file.write(b"name\nAna\n")
        assert [row.cells for row in open_sheet(file, "people.csv", limits=LIMITS).rows()] == [["Ana"]]


# A row's own fault


def test_a_row_with_more_cells_than_the_header_is_at_fault_and_the_next_is_not() -> None:
    rows = list(opened(b"name,team\nAna,IT\nHenry, the elder,HR\nBen,HR,,\n").rows())
    assert [(row.number, row.cells, bool(row.fault)) for row in rows] == [
        (2, ["Ana", "IT"], False),
        (3, ["Henry", " the elder,HR"], True),
        (4, ["Ben", "HR"], False),
    ]
    assert rows[1].fault == "This row has 3 cells, and the header has 2: a quotation mark may be missing."


def test_a_value_in_a_column_that_seemed_empty_is_not_lost_without_a_word() -> None:
    rows = list(opened(b"name,,\n" + b"Ana,,\n" * 60 + b"Ben,IT,\n").rows())
    assert rows[-1].fault == "This row has 2 cells, and the header has 1: a quotation mark may be missing."
    assert opened(b"name,,\nAna,,\nBen,IT,\n").header == ["name", ""]


def test_a_short_row_is_filled_up() -> None:
    assert rows_of(b"name,team,note\nAna,IT,\nBen\n") == [(2, ["Ana", "IT", ""]), (3, ["Ben", "", ""])]


def test_a_cell_that_is_too_long_is_its_rows_fault() -> None:
    rows = list(opened(b"name,team\nAna," + b"x" * 1001 + b"\nBen,HR\n").rows())
    assert rows[0].fault == "Cell 2 of this row has more than 1,000 characters."
    assert (rows[1].cells, rows[1].fault) == (["Ben", "HR"], "")


def test_a_quotation_mark_that_is_never_closed_is_noticed() -> None:
    rows = list(opened(b'name,team\nAna,IT\nBen,"HR\nEve,IT\n').rows())
    assert [row.number for row in rows] == [2, 3]
    assert rows[1].fault == "A quotation mark opens in this row and is never closed: the rest of the file is in it."


def test_formulas_that_we_made_harmless_come_back() -> None:
    assert rows_of(b"name,'=title\n'=1+1,'tis\n") == [(2, ["=1+1", "'tis"])]
    assert opened(b"name,'=title\n'=1+1,'tis\n").header == ["name", "=title"]


# The header


def test_a_column_without_a_title_is_kept_while_it_holds_values_and_none_else() -> None:
    sheet = opened(b"name,,team,,\nAna,x,IT,,\n")
    assert sheet.header == ["name", "", "team"]
    assert rows_of(b"name,,team,,\nAna,x,IT,,\n") == [(2, ["Ana", "x", "IT"])]


def test_titles_are_one_line_each() -> None:
    assert opened(b'" name ","team\nor unit"\nAna,IT\n').header == ["name", "team or unit"]
