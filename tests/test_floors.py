"""The floors of the house: who may import whom inside src/muster (the table of rooms is below)."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "muster"

# A new folder or module directly in src/muster needs its place here.
FLOORS = {
    7: {"cli", "__main__", "demo"},
    6: {"app"},
    5: {"bot", "web"},
    4: {"announce", "charts", "collect", "platforms", "ops"},
    3: {"rounds", "stats", "community"},
    2: {"store", "pipelines"},
    1: {"model", "config"},
}
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
# Rooms of one floor do not import each other, but for these.
NEIGHBOURS = {
    "__main__": {"cli", "demo"},
    "cli": {"demo"},
    "config": {"model"},
}
FACES = {"cli", "__main__", "demo", "bot", "web"}
DATABASE_LIBRARIES = {"sqlalchemy", "alembic", "aiosqlite", "asyncpg", "sqlite3", "duckdb"}
# In capitals a word is enough, in small letters it takes the form; "Select …" is a sentence.
SQL = re.compile(
    r"\s*(?:(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|PRAGMA|COPY|TRUNCATE|VACUUM)\s"
    r"|select\s.*\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+\S+\s+set\s|delete\s+from\s)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Module:
    """A file of the package: its dotted name below muster, and its tree."""

    name: str
    is_package: bool
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Import:
    """What a line imports, by its full dotted name."""

    line: int
    target: str

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]

    @property
    def inside(self) -> str:
        """The name below muster, empty for anything else."""
        return self.target.removeprefix("muster").removeprefix(".") if self.library == "muster" else ""

    @property
    def room(self) -> str:
        return self.inside.partition(".")[0]


def modules(package: Path) -> Iterator[Module]:
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        yield Module(name, is_package, ast.parse(path.read_text(encoding="utf-8"), str(path)))


def imports(module: Module) -> Iterator[Import]:
    """Every import of a module wherever it stands, `import_module("…")` too, relative ones resolved."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                yield from (Import(node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(names=names):
                base = _base(module, node)
                yield from (Import(node.lineno, f"{base}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(target)), *_],
            ):
                yield Import(node.lineno, target)


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    here = ["muster", *filter(None, module.name.split("."))]
    up = node.level - module.is_package
    return ".".join([*here[: len(here) - up], *filter(None, [node.module])])


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string with its line; what an f-string fills in reads as `x`."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(value)):
                yield node.lineno, value
            case ast.JoinedStr(values=values):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "x" for part in values)
                yield node.lineno, "".join(parts)


def complaints(package: Path) -> list[str]:
    """What breaks the rules of the house in this package, one line each, empty when nothing does."""
    found = []
    for module in modules(package):
        if module.name and module.room not in FLOOR_OF:
            found.append(f"muster.{module.name}: `{module.room}` has no floor; give it one in tests/test_floors.py")
            continue
        for rule in (_floor, _rounds_without_store, _face_without_database, _one_way_to_the_libraries):
            for line, complaint in rule(module):
                found.append(f"muster.{module.name or '__init__'}:{line}: {complaint}")
    return found


def _floor(module: Module) -> Iterator[tuple[int, str]]:
    for entry in imports(module):
        if entry.room not in FLOOR_OF or entry.room == module.room:
            continue
        if not module.name:
            yield entry.line, f"the package itself imports {entry.room}; everybody imports the package"
            continue
        here, there = FLOOR_OF[module.room], FLOOR_OF[entry.room]
        if there > here:
            yield entry.line, f"imports up: {module.room} (floor {here}) imports {entry.room} (floor {there})"
        elif there == here and entry.room not in NEIGHBOURS.get(module.room, ()):
            yield entry.line, f"{module.room} imports its neighbour {entry.room} on floor {here}"


def _rounds_without_store(module: Module) -> Iterator[tuple[int, str]]:
    if module.room != "rounds" or module.name.split(".")[1:2] == ["importer"]:
        return
    for entry in imports(module):
        if entry.library in DATABASE_LIBRARIES or entry.room == "store":
            yield entry.line, f"rounds/ is pure but for importer.py, and imports {entry.target}"
        elif entry.inside.startswith("rounds.importer"):
            yield entry.line, "rounds/ is pure, and imports importer.py, which is not"


def _face_without_database(module: Module) -> Iterator[tuple[int, str]]:
    if module.room not in FACES:
        return
    for entry in imports(module):
        if entry.library in DATABASE_LIBRARIES:
            yield entry.line, f"a face holds no SQL, and imports {entry.library}"
    for line, value in texts(module.tree):
        if SQL.match(value):
            yield line, f"a face holds no SQL: {value.strip()[:40]!r}"


def _one_way_to_the_libraries(module: Module) -> Iterator[tuple[int, str]]:
    for entry in imports(module):
        if entry.library == "discord" and module.room != "bot":
            yield entry.line, "discord stays in bot/: platform objects stop at the adapter"
        if entry.target.startswith("matplotlib.pyplot"):
            yield entry.line, "pyplot keeps figures in a global; use matplotlib.figure.Figure"


def test_the_house_keeps_its_floors() -> None:
    assert complaints(PACKAGE) == []


def test_there_is_a_house_to_look_at() -> None:
    assert {"model", "rounds"} <= {module.room for module in modules(PACKAGE)}


BAD = {
    "an import up": ("store/engine.py", "from muster.stats import players", "imports up: store"),
    "an import up, relative": ("store/engine.py", "from ..stats.players import best", "imports up: store"),
    "an import up, relative to the package": ("store/__init__.py", "from .. import app", "imports up: store"),
    "an import up, inside a function": ("model/round.py", "def f():\n    import muster.store", "imports up: model"),
    "an import up, by name": ("model/a.py", "import importlib\nimportlib.import_module('muster.app')", "imports up"),
    "an import up, from the package": ("ops/health.py", "from muster import app", "imports up: ops"),
    "a neighbour": ("stats/players.py", "from muster.rounds import parse", "its neighbour rounds"),
    "the model looks at config": ("model/round.py", "from muster import config", "its neighbour config"),
    "demo looks at the cli": ("demo.py", "import muster.cli", "its neighbour cli"),
    "the package imports a room": ("__init__.py", "from muster.model import Round", "the package itself imports model"),
    "a room without a floor": ("utils/text.py", "", "`utils` has no floor"),
    "a module without a floor": ("helpers.py", "", "`helpers` has no floor"),
    "rounds with the store": ("rounds/parse.py", "from muster.store import engine", "rounds/ is pure"),
    "rounds with a driver": ("rounds/pair.py", "import asyncpg", "rounds/ is pure"),
    "rounds through the importer": ("rounds/__init__.py", "from .importer import run", "imports importer.py"),
    "a face with SQLAlchemy": ("cli.py", "from sqlalchemy import text", "imports sqlalchemy"),
    "a face with a query": ("web/pages.py", "Q = 'SELECT name, kills FROM rounds'", "a face holds no SQL"),
    "a face with a lower-case query": ("bot/cogs/top.py", "Q = '\\n  delete from rounds'", "a face holds no SQL"),
    "a face with an f-string": ("cli/top.py", "q = f'update {table} set n = 1'", "a face holds no SQL"),
    "discord below": ("stats/players.py", "import discord", "discord stays in bot/"),
    "pyplot": ("charts/lines.py", "from matplotlib import pyplot", "pyplot"),
}
GOOD = {
    "down": ("stats/players.py", "from muster.store import engine\nfrom muster.model import Round"),
    "own room": ("rounds/pair.py", "from . import parse\nfrom .parse import parse_round\nimport muster.rounds.teams"),
    "the importer": ("rounds/importer.py", "import sqlalchemy\nfrom muster.store import engine\nfrom .parse import p"),
    "config looks at the model": ("config.py", "from muster.model import Round"),
    "main looks at the cli": ("__main__.py", "from muster.cli import main"),
    "the version": ("cli.py", "from muster import __version__"),
    "a sentence": ("cli.py", "'''Update the schema to this version. '''\n'Select players from a round.'"),
    "discord at home": ("bot/client.py", "import discord"),
}


@pytest.mark.parametrize(("path", "source", "complaint"), BAD.values(), ids=BAD)
def test_the_check_sees(tmp_path: Path, path: str, source: str, complaint: str) -> None:
    found = complaints(_package(tmp_path, path, source))
    assert len(found) == 1
    assert complaint in found[0]


@pytest.mark.parametrize(("path", "source"), GOOD.values(), ids=GOOD)
def test_the_check_allows(tmp_path: Path, path: str, source: str) -> None:
    assert complaints(_package(tmp_path, path, source)) == []


def _package(folder: Path, path: str, source: str) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return folder
