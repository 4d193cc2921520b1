"""Full text over subject and description: a GIN index on PostgreSQL, an FTS5 table kept by triggers on SQLite.

Both know word forms of English and answer in a time that does not grow with the table. They are made after each
`migrate` and not by a migration: on SQLite every change of the ticket table rebuilds it, and its triggers die with it.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from tickets.models import Ticket

CONFIG = "english"
#: A question of more words finds nothing more; unbounded, one request could keep the database busy.
WORDS_MOST = 12
QUERY_LENGTH_MOST = 200

_POSTGRESQL = [
    "CREATE INDEX IF NOT EXISTS ticket_full_text ON tickets_ticket USING gin "
    "(to_tsvector('english'::regconfig, COALESCE(subject, '') || ' ' || COALESCE(description, '')))"
]
_FORGET = (
    "INSERT INTO tickets_ticket_text(tickets_ticket_text, rowid, subject, description) "
    "VALUES ('delete', old.id, old.subject, old.description);"
)
_LEARN = "INSERT INTO tickets_ticket_text(rowid, subject, description) VALUES (new.id, new.subject, new.description);"
_SQLITE = [
    "CREATE VIRTUAL TABLE IF NOT EXISTS tickets_ticket_text USING fts5("
    "subject, description, content='tickets_ticket', content_rowid='id', tokenize='porter unicode61')",
    f"CREATE TRIGGER IF NOT EXISTS tickets_ticket_text_insert AFTER INSERT ON tickets_ticket BEGIN {_LEARN} END",
    f"CREATE TRIGGER IF NOT EXISTS tickets_ticket_text_delete AFTER DELETE ON tickets_ticket BEGIN {_FORGET} END",
    "CREATE TRIGGER IF NOT EXISTS tickets_ticket_text_update "
    "AFTER UPDATE OF id, subject, description ON tickets_ticket "
    f"BEGIN {_FORGET} {_LEARN} END",
]
_TRIGGERS = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'tickets_ticket_text_%'"
_REBUILD = "INSERT INTO tickets_ticket_text(tickets_ticket_text) VALUES ('rebuild')"


def prepare_index(using: str = "default", **kwargs: Any) -> None:
    """Receiver of post_migrate; does nothing where all stands already."""
    connection = connections[using]
    if Ticket._meta.db_table not in connection.introspection.table_names():
        return  # migrated back to nothing
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in _POSTGRESQL:
                cursor.execute(statement)
        elif connection.vendor == "sqlite":
            cursor.execute(_TRIGGERS)
            whole = cursor.fetchone()[0] == len(_SQLITE) - 1
            for statement in _SQLITE:
                cursor.execute(statement)
            if not whole:
                cursor.execute(_REBUILD)


def search(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those of `tickets` whose subject or description has every word of `text`, in any form. No words: none."""
    words = re.findall(r"\w+", text[:QUERY_LENGTH_MOST])[:WORDS_MOST]
    if not words:
        return tickets.none()
    if connections[tickets.db].vendor == "postgresql":
        vector = SearchVector("subject", "description", config=CONFIG)
        return tickets.annotate(text_vector=vector).filter(text_vector=SearchQuery(" ".join(words), config=CONFIG))
    # Each word quoted: FTS5 has operators of its own (NEAR, *, column filters), which are not for people's words.
    quoted = " ".join(f'"{word}"' for word in words)
    found = RawSQL("SELECT rowid FROM tickets_ticket_text WHERE tickets_ticket_text MATCH %s", [quoted])
    return tickets.filter(pk__in=found)
