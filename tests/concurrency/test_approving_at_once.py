"""SQLite, real processes: its file lock is all that stands between them."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from tests.concurrency.house import House


def test_of_twenty_processes_that_approve_one_ticket_one_does_and_nineteen_are_refused(tmp_path: Path):
    house = House(tmp_path, database_url=None, redis_url=None)
    house.migrate()
    house.run(sys.executable, "-m", "tests.concurrency.approving", "20", str(tmp_path / "outcomes.txt"))

    outcomes = Counter((tmp_path / "outcomes.txt").read_text().splitlines())
    assert outcomes.pop("Open") == 1
    assert set(outcomes) <= {"refused: state", "stale"}
    assert outcomes.total() == 19
    assert house.rows("SELECT status, version FROM tickets_ticket") == [("Open", 2)]
    assert house.rows("SELECT verb FROM tickets_historicalticket ORDER BY history_id") == [("submit",), ("approve",)]
    messages = "SELECT message, COUNT(DISTINCT recipient_email), COUNT(*) FROM notifications_emailnotification"
    assert house.rows(f"{messages} WHERE message IN ('ticket_approved', 'ticket_waiting') GROUP BY 1 ORDER BY 1") == [
        ("ticket_approved", 1, 1),
        ("ticket_waiting", 2, 2),
    ]
