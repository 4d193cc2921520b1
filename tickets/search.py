"""Full text over subject, description and the values of extra fields, and whatever else somebody finds a ticket by.

A GIN index on PostgreSQL, an FTS5 table kept by triggers on SQLite: both know word forms of English and answer in a
time that does not grow with the table. They are made after each `migrate` and not by a migration: on SQLite every
change of the ticket table rebuilds it, and its triggers die with it. Where another release made them, they are made
anew. Comments are not searched: whoever may read a ticket may not read all that is said on it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from people.models import Employee
from tickets.models import Ticket

#: A question of more words finds nothing more; unbounded, one request could keep the database busy.
WORDS_MOST = 12
QUERY_LENGTH_MOST = 200
#: So many people of a name are looked at; of more, one asks for a fuller name.
PEOPLE_MOST = 200

_INDEX = "ticket_full_text"
#: The values of the extra fields without their keys and what JSON writes around them; and every sign that PostgreSQL
#: would read a meaning into (a path, a host, a negative number) as a blank, as the question has it.
_SIGNS = r"""-_/.,:;@#&=+<>~\""""
_POSTGRESQL_TEXT = (
    "to_tsvector('english'::regconfig, translate("
    "COALESCE(subject, '') || ' ' || COALESCE(description, '') || ' ' || "
    r"""regexp_replace(dynamic_data::text, '"[a-z0-9_]+": |\\[bfnrt]', ' ', 'g')"""
    f", '{_SIGNS}', '{' ' * len(_SIGNS)}'))"
)
_DETAILS = "(SELECT group_concat(atom, ' ') FROM json_tree({row}.dynamic_data))"
_COLUMNS = "tickets_ticket_text(rowid, subject, description, details)"
_NEW = f"new.id, new.subject, new.description, {_DETAILS.format(row='new')}"
_LEARN = f"INSERT INTO {_COLUMNS} VALUES ({_NEW});"  # noqa: S608 - all of it stands here
_FORGET = "DELETE FROM tickets_ticket_text WHERE rowid = old.id;"
_CHANGED = " OR ".join(f"old.{column} IS NOT new.{column}" for column in ("subject", "description", "dynamic_data"))
#: Name → how it is made.
_SQLITE = {
    "tickets_ticket_text": "CREATE VIRTUAL TABLE tickets_ticket_text USING fts5("
    "subject, description, details, tokenize='porter unicode61')",
    "tickets_ticket_text_insert": "CREATE TRIGGER tickets_ticket_text_insert "
    f"AFTER INSERT ON tickets_ticket BEGIN {_LEARN} END",
    "tickets_ticket_text_delete": "CREATE TRIGGER tickets_ticket_text_delete "
    f"AFTER DELETE ON tickets_ticket BEGIN {_FORGET} END",
    "tickets_ticket_text_update": "CREATE TRIGGER tickets_ticket_text_update "
    f"AFTER UPDATE ON tickets_ticket WHEN {_CHANGED} BEGIN {_FORGET} {_LEARN} END",
}
_WHOLE_TEXT = f"SELECT id, subject, description, {_DETAILS.format(row='tickets_ticket')} FROM tickets_ticket"  # noqa: S608 - the same
_LEARN_ALL = f"INSERT INTO {_COLUMNS} {_WHOLE_TEXT}"


def prepare_index(using: str = "default", **kwargs: Any) -> None:
    """Receiver of post_migrate; does nothing where all stands already, as this release makes it."""
    connection = connections[using]
    if Ticket._meta.db_table not in connection.introspection.table_names():
        return  # migrated back to nothing
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _prepare_postgresql(cursor)
        elif connection.vendor == "sqlite":
            _prepare_sqlite(cursor)


def _prepare_postgresql(cursor: Any) -> None:
    made_as = hashlib.sha256(_POSTGRESQL_TEXT.encode()).hexdigest()
    cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [_INDEX])
    if cursor.fetchone()[0] != made_as:
        cursor.execute(f"DROP INDEX IF EXISTS {_INDEX}")
        cursor.execute(f"CREATE INDEX {_INDEX} ON tickets_ticket USING gin (({_POSTGRESQL_TEXT}))", [])
        cursor.execute(f"COMMENT ON INDEX {_INDEX} IS '{made_as}'")


def _prepare_sqlite(cursor: Any) -> None:
    cursor.execute("SELECT name, type, sql FROM sqlite_master WHERE name LIKE 'tickets_ticket_text%' AND sql NOT NULL")
    there = {name: (kind, made_as) for name, kind, made_as in cursor.fetchall()}
    if all(there.get(name, ("", ""))[1] == made_as for name, made_as in _SQLITE.items()):
        return
    for name, (kind, _made_as) in there.items():
        if name in _SQLITE and kind == "trigger":
            cursor.execute(f"DROP TRIGGER {name}")
    cursor.execute("DROP TABLE IF EXISTS tickets_ticket_text")
    for statement in _SQLITE.values():
        cursor.execute(statement)
    cursor.execute(_LEARN_ALL)


def search(tickets: QuerySet[Ticket], text: str, *, by_requester: bool = False) -> QuerySet[Ticket]:
    """Those of `tickets` that have every word of `text`, in any form, in subject, description or extra fields, whose
    number is or begins with it, or that have it as their number elsewhere. by_requester: also what was asked for by
    somebody of that name or address. No words: none.

    What is found is settled first and then looked at in order: the other way round, the database would go through the
    newest tickets and read each for its words until enough have them. A union settles it.
    """
    words = words_of(text)
    if not words:
        return tickets.none()
    text = text.replace("\x00", "").strip()[:QUERY_LENGTH_MOST]
    everything = Ticket.objects.using(tickets.db).order_by().values("pk")
    is_postgresql = connections[tickets.db].vendor == "postgresql"
    has_words = _has_words_postgresql(words) if is_postgresql else _has_words_sqlite(words)
    found = [
        everything.filter(has_words),
        everything.exclude(external_reference="").filter(external_reference__in={text, text.upper()}),
    ]
    if numbers := exact_numbers(text):
        found.append(everything.filter(ticket_number__in=numbers))
    if begin := _begin_of_number(text):
        # SQLite knows no index for LIKE, PostgreSQL none for what lies between in a language's order.
        between = {"ticket_number__range": (begin, f"{begin}\U0010ffff")}
        found.append(everything.filter(**({"ticket_number__startswith": begin} if is_postgresql else between)))
    if by_requester and (people := _people_called(text)):
        found.append(everything.filter(employee__in=people))
    return tickets.filter(pk__in=found[0].union(*found[1:]))


def words_of(text: str) -> list[str]:
    """The words of a question as both databases cut texts: at everything that is no letter and no digit."""
    return re.findall(r"[^\W_]+", text[:QUERY_LENGTH_MOST])[:WORDS_MOST]


def _has_words_postgresql(words: list[str]) -> Any:
    condition = f"{_POSTGRESQL_TEXT} @@ plainto_tsquery('english'::regconfig, %s)"
    return RawSQL(condition, [" ".join(words)], output_field=BooleanField())  # noqa: S611 - words are a parameter


def _has_words_sqlite(words: list[str]) -> Q:
    # Each word quoted: FTS5 has operators of its own (NEAR, *, column filters), which are not for people's words.
    quoted = " ".join(f'"{word}"' for word in words)
    statement = "SELECT rowid FROM tickets_ticket_text WHERE tickets_ticket_text MATCH %s"
    return Q(pk__in=RawSQL(statement, [quoted]))  # noqa: S611 - the same


# Numbers


def exact_numbers(text: str) -> list[str]:
    """The ticket numbers that somebody may mean by this: as typed, in capitals, and the digits alone."""
    text = text.strip()
    if not text.isascii() or len(text) > 32 or " " in text or not any(sign.isdigit() for sign in text):
        return []
    meant = [text, text.upper(), _with_prefix(text)]
    if text.isdigit() and len(text) < 10:
        year = timezone.localdate().year
        form = settings.TICKET_NUMBER_FORMAT
        meant += [form.format(seq=int(text), year=each) for each in ([year, year - 1] if "{year" in form else [year])]
    return list(dict.fromkeys(meant))


def _prefix() -> str:
    """What every number begins with."""
    return str(settings.TICKET_NUMBER_FORMAT).partition("{")[0]


def _with_prefix(text: str) -> str:
    """As typed, but the letters in front as numbers have them."""
    prefix = _prefix()
    return prefix + text[len(prefix) :] if text.lower().startswith(prefix.lower()) else text


def _begin_of_number(text: str) -> str:
    """Letters and at least one digit of a number, as numbers are written; "" for what is no beginning of one."""
    prefix = _prefix()
    rest = text[len(prefix) :]
    begins = bool(prefix) and text.lower().startswith(prefix.lower()) and rest[:1].isdigit()
    return _with_prefix(text) if begins and text.isascii() and len(text) <= 32 and " " not in text else ""


# People


def _people_called(text: str) -> list[int]:
    """Keys of people whose name or address has every word. They are few beside the tickets, and looked through."""
    people = Employee.objects.order_by("pk")
    for word in text.split()[:WORDS_MOST]:
        how = "icontains" if len(word) > 2 else "istartswith"
        named = Q(**{f"first_name__{how}": word}) | Q(**{f"last_name__{how}": word})
        people = people.filter(named | Q(**{f"middle_name__{how}": word}) | Q(**{f"email__{how}": word}))
    return list(people.values_list("pk", flat=True)[:PEOPLE_MOST])
