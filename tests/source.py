"""The project's own source, read and not run. What the architecture tests ask of it.

Every check takes one Source and answers with places ("people/roles.py:12 …" or "people/roles.py:holds"), so that a test
can give it a planted text too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: An app imports only from those behind it.
APPS = ["backoffice", "helpcenter", "tickets", "people", "notifications", "jobs", "audit"]
NOT_OURS = {".venv", "var", "node_modules", ".git"}

_POINTS_TO = re.compile(rf"^({'|'.join(APPS)})[./]\w")
_RELATIVE = re.compile(r"\bfrom\s*\.")
_BULK = {"bulk_create", "bulk_update", "abulk_create", "abulk_update", "aupdate"}
_BULK |= {"bulk_create_with_history", "bulk_update_with_history"}
_RAW_SQL = {"execute", "executemany", "executescript", "raw", "extra", "RawSQL", "_raw_delete", "_update", "_insert"}
_BY_NAME = {"get_model", "get_app_config", "import_module", "is_installed"}


@dataclass(frozen=True)
class Source:
    """One file. `path`: from the project's root, with slashes."""

    path: str
    text: str

    @property
    def app(self) -> str:
        return self.path.partition("/")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[tuple[ast.AST, str]]:
        """Every node with the name of the function it stands in: "claim", "Ticket.save", or "" outside of any."""
        found: list[tuple[ast.AST, str]] = []
        waiting: list[tuple[ast.AST, str]] = [(self.tree, "")]
        while waiting:
            node, inside = waiting.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inside = f"{inside}.{node.name}".lstrip(".")
            children = [(child, inside) for child in ast.iter_child_nodes(node)]
            found += children
            waiting += reversed(children)
        return found


@cache
def sources(*folders: str, ending: str = ".py") -> list[Source]:
    """The files of these folders (of all by default), without migrations: those are made once and never changed."""
    found = [path for folder in folders or ["."] for path in sorted((ROOT / folder).rglob(f"*{ending}"))]
    relative = [path.relative_to(ROOT) for path in found if path.is_file()]
    return [
        Source(path.as_posix(), (ROOT / path).read_text(encoding="utf-8"))
        for path in relative
        if not NOT_OURS & set(path.parts) and "migrations" not in path.parts
    ]


def migrations() -> list[Source]:
    found = [path for app in APPS for path in sorted((ROOT / app).rglob("migrations/*.py"))]
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in found]


# Who names whom


def upward_references(source: Source) -> list[str]:
    """Imports, strings ("tickets.Ticket", "tickets/emails/x.html") and look-ups by name that point to the left."""
    if source.app not in APPS:
        return []
    left = set(APPS[: APPS.index(source.app)])
    texts = _docstrings(source.tree)
    found = []
    for node, _inside in source.nodes:
        if id(node) not in texts:
            found += [f"{source.path}:{node.lineno} names {name}" for name in _named(node) if name in left]
    return found


def relative_imports(source: Source) -> list[str]:
    if not _RELATIVE.search(source.text):
        return []
    return [
        f"{source.path}:{node.lineno}"
        for node, _inside in source.nodes
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").partition(".")[0]]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = _POINTS_TO.match(node.value)
        return [found[1]] if found else []
    if isinstance(node, ast.Call) and _called(node) in _BY_NAME:
        return [part.value for part in node.args[:1] if isinstance(part, ast.Constant) and part.value in APPS]
    return []


def _docstrings(tree: ast.Module) -> set[int]:
    """Texts that stand alone: they explain, and may name anybody."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


# Who writes what


def status_writes(source: Source) -> list[str]:
    """Assignments to `.status`, also by setattr and by `update(status=…)`."""
    return _places(source, _writes_status)


def machine_calls(source: Source) -> list[str]:
    """Where a transition of a machine is called, or taken to be called later."""
    return _places(source, lambda node: isinstance(node, ast.Attribute) and node.attr.startswith("machine_"))


def bulk_writes(source: Source) -> list[str]:
    """QuerySet.update (by keyword; a dictionary's never is here) and the bulk helpers: no history is written."""

    def is_bulk(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        return _called(node) in _BULK or (_called(node) == "update" and bool(node.keywords) and not node.args)

    return _places(source, is_bulk)


def raw_sql(source: Source) -> list[str]:
    return _places(source, lambda node: isinstance(node, ast.Call) and _called(node) in _RAW_SQL)


def broad_catches(source: Source) -> list[str]:
    """`except:`, `except Exception` and `except BaseException`, also among others."""
    return _places(source, lambda node: isinstance(node, ast.ExceptHandler) and _is_broad(node.type))


def _is_broad(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or getattr(name, "id", "") in {"Exception", "BaseException"} for name in names)


def _writes_status(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        parts = [part for target in targets for part in ast.walk(target)]
        return any(
            isinstance(part, ast.Attribute) and part.attr == "status" and isinstance(part.ctx, ast.Store)
            for part in parts
        )
    if not isinstance(node, ast.Call):
        return False
    words = [part.value for part in node.args if isinstance(part, ast.Constant)]
    return (_called(node) == "setattr" and "status" in words) or (
        _called(node) == "update" and any(keyword.arg == "status" for keyword in node.keywords)
    )


def _places(source: Source, is_meant: Callable[[ast.AST], bool]) -> list[str]:
    return [f"{source.path}:{inside}" for node, inside in source.nodes if is_meant(node)]


# How long things are


def long_functions(source: Source, most: int) -> list[str]:
    return [
        f"{source.path}:{node.name} has {lines} lines"
        for node in _functions(source.tree)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > most
    ]


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Expressions are not looked into: no function stands there, and they are nearly all of a tree."""
    statements: list[ast.AST] = [tree]
    for node in statements:
        children = ast.iter_child_nodes(node)
        statements += [each for each in children if isinstance(each, ast.stmt | ast.excepthandler | ast.match_case)]
    return [node for node in statements if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(source: Source) -> int:
    return len(source.text.splitlines())


# The door's table


def table_of(docstring: str) -> list[tuple[str, list[str], str]]:
    """(verb, states it leads from, state it leads to) of each row; the first row is the heading."""
    rows = [[cell.strip() for cell in line.split("|")] for line in docstring.splitlines() if line.count("|") >= 3]
    return [(row[0], [state for state in row[1].split(", ") if state != "-"], row[2]) for row in rows[1:]]


def public_functions(source: Source) -> dict[str, ast.FunctionDef]:
    return {
        node.name: node
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def verbs_without_by(source: Source) -> list[str]:
    return [
        f"{source.path}:{name}"
        for name, function in public_functions(source).items()
        if "by" not in {argument.arg for argument in function.args.kwonlyargs} and not _asks_only(function)
    ]


def verbs_with_more_than_the_object(source: Source) -> list[str]:
    return [
        f"{source.path}:{name}"
        for name, function in public_functions(source).items()
        if len(function.args.posonlyargs + function.args.args) > 1 and not _asks_only(function)
    ]


def _asks_only(function: ast.FunctionDef) -> bool:
    """It answers with a QuerySet and changes nothing."""
    return function.returns is not None and ast.unparse(function.returns).startswith("QuerySet")
