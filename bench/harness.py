"""One run: databases, probes, servers; then for each size fill, measure every case, look at the memory."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.env import ENV_FILE, all_names
from bench import files, machine, servers
from bench.cases import all_cases
from bench.cases.case import BARE, OURS, Arm, Case, Page, Side
from bench.figures import Memory, Result, Times
from bench.files import FileRun
from bench.filling import ORIGINALS_MOST
from bench.probe import Probe
from bench.problems import HarnessProblem

#: What each arm does before it is timed, and how much in one go before the other's turn comes.
WARM_UP = 40
BURST = 10


@dataclass(frozen=True)
class Options:
    tickets: Sequence[int] = (1_000, 100_000)
    only: Sequence[str] = ()
    repetitions: int = 200
    rows: Sequence[int] = (10_000, 100_000)
    say: Callable[[str], None] = lambda sentence: None

    @property
    def originals(self) -> int:
        return min(*self.tickets, ORIGINALS_MOST)

    @property
    def cases(self) -> list[Case]:
        return [case for case in all_cases() if not self.only or case.name in self.only]


@dataclass
class Sides:
    """Both sides, ready to be measured."""

    probes: dict[Side, Probe]
    servers: dict[Side, servers.Server]
    environs: dict[Side, dict[str, str]]
    clients: dict[Side, servers.Client] = field(default_factory=dict)

    def sign_in(self) -> None:
        for side, server in self.servers.items():
            self.clients[side] = servers.Client(server, self.probes[side].ask("headers"))


@dataclass
class Outcome:
    results: list[Result] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    files: list[FileRun] = field(default_factory=list)


def run(options: Options) -> Outcome:
    """Raises HarnessProblem when it could not measure."""
    outcome = Outcome()
    with both_sides(options.say) as sides:
        before = 0
        for after in options.tickets:
            options.say(f"Filling both sides: {after:,} tickets.")
            for probe in sides.probes.values():
                probe.ask("fill", originals=options.originals, before=before, after=after)
            before = after
            sides.sign_in()
            for case in options.cases:
                options.say(f"Measuring: {case.title}.")
                outcome.results.append(measure(case, sides, tickets=after, repetitions=options.repetitions))
            ours, bare = (sides.servers[side].memory() for side in (OURS, BARE))
            outcome.memory.append(Memory(after, ours, bare))
        if any(case.name == "imports" for case in options.cases):
            outcome.files = list(_files(options, sides.environs[OURS]))
    return outcome


def _files(options: Options, environ: dict[str, str]) -> Iterator[FileRun]:
    for kind, rows in files.plan_of(options.rows):
        options.say(f"Taking a file of {rows:,} {kind} through: plan, apply, undo.")
        with closing(Probe(OURS, environ=environ)) as fresh:
            yield FileRun(**fresh.ask("take_file_through", kind=kind, rows=rows))


@contextmanager
def both_sides(say: Callable[[str], None]) -> Iterator[Sides]:
    """Everything that a run starts, and at its end nothing of it is left."""
    with ExitStack() as stack:
        our_database, bare_database = stack.enter_context(machine.databases("ours", "bare"))
        redis_url = stack.enter_context(machine.redis_database())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smartsupport-bench-")))
        environs = {
            OURS: our_environ(our_database, redis_url, folder, port=machine.free_port()),
            BARE: bare_environ(bare_database),
        }
        say("Making the databases.")
        probes = {}
        for side, environ in environs.items():
            probes[side] = probe = Probe(side, environ=environ)
            stack.callback(probe.close)
            probe.ask("migrate")
        say("Starting both servers.")
        ports = {OURS: int(environs[OURS]["PORT"]), BARE: machine.free_port()}
        started = {OURS: servers.ours(port=ports[OURS], environ=environs[OURS])}
        stack.callback(started[OURS].stop)
        command = probes[OURS].ask("web_command")
        started[BARE] = servers.bare(command, port=ports[BARE], environ=environs[BARE])
        stack.callback(started[BARE].stop)
        started[OURS].wait_until_it_answers("/healthz")
        started[BARE].wait_until_it_answers("/")
        yield Sides(probes, started, environs)


def our_environ(database: str, redis_url: str | None, folder: Path, *, port: int) -> dict[str, str]:
    """As in production, and nothing of what the person at this machine has set for themselves."""
    return _outer_environ() | {
        "APP_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "BIND_ADDRESS": "127.0.0.1",
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database,
        "DATA_DIR": str(folder / "data"),
        "EMAIL_URL": "smtp://127.0.0.1:9",  # never used: without a worker nothing is sent
        "LOG_LEVEL": "WARNING",
        "RATE_LIMITS": "off",  # one person asks for something hundreds of times a minute
        **({"REDIS_URL": redis_url} if redis_url else {}),
    }


def bare_environ(database: str) -> dict[str, str]:
    return _outer_environ() | {
        "DJANGO_SETTINGS_MODULE": "bench.bare.settings",
        "BENCH_DATABASE_URL": database,
        "BENCH_SECRET_KEY": secrets.token_urlsafe(64),
    }


def _outer_environ() -> dict[str, str]:
    ours = all_names() | {"DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {ENV_FILE: os.devnull}


def measure(case: Case, sides: Sides, *, tickets: int, repetitions: int) -> Result:
    """All arms in turns, so that whatever else the machine does meets each of them."""
    warming = min(WARM_UP, case.most or WARM_UP)
    repetitions = min(repetitions, case.most or repetitions)
    pages = {name: sides.probes[arm.side].prepare(arm, count=warming + repetitions) for name, arm in case.arms.items()}
    taken: dict[str, list[float]] = {name: [] for name in case.arms}
    for name, arm in case.arms.items():
        warm_up(arm, sides, pages[name][:warming], warming)
    order, done, watch = list(case.arms), 0, machine.Waiting()
    while done < repetitions:
        times = min(BURST, repetitions - done)
        for name in order:
            arm = case.arms[name]
            taken[name] += turn(arm, sides, pages[name][warming + done : warming + done + times], times)
        order.reverse()
        done += times
    waited = watch.share()
    found = {name: Times.of(values) for name, values in taken.items()}
    return Result(
        case=case.name,
        title=case.title,
        tickets=tickets,
        **found,
        goal=case.goal,
        statements_ours=sides.probes[OURS].statements(case.ours),
        statements_bare=sides.probes[case.bare.side].statements(case.bare),
        statements_goal=case.statements_goal,
        waited=waited,
    )


def warm_up(arm: Arm, sides: Sides, pages: Sequence[Page], times: int) -> None:
    if arm.over_http:
        sides.clients[arm.side].warm_up(pages)
    else:
        sides.probes[arm.side].time(arm, times=times)


def turn(arm: Arm, sides: Sides, pages: Sequence[Page], times: int) -> list[float]:
    return sides.clients[arm.side].time(pages) if arm.over_http else sides.probes[arm.side].time(arm, times=times)


def checked(sizes: Sequence[int], repetitions: int, rows: Sequence[int]) -> None:
    """Raises HarnessProblem for what can't be measured."""
    if not sizes or list(sizes) != sorted(set(sizes)) or sizes[0] < 10:
        raise HarnessProblem("--tickets must be growing numbers from 10 up, such as 1000,100000.")
    if not rows or list(rows) != sorted(set(rows)) or rows[0] < 1:
        raise HarnessProblem("--rows must be growing numbers from 1 up, such as 10000,100000.")
    if repetitions < 1:
        raise HarnessProblem("--repetitions must be 1 or more.")
