"""Breaks round files in every way that comes to mind and imports what is left: nothing may come of it but an answer.

    python -m tests.importer.mutate --cases 100000 --seed 1 [--db URL]

Whole evenings of simulated and, where they are at hand, real rounds are moved to another day; most of their files get
one to four wounds. After each portion every file must have a status, every refusal a reason that names line and field;
in the end `verify` must agree with the database and every content must be stored whole or not at all.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from rich.progress import Progress

from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.store.engine import Store
from tests.conftest import ROOT
from tests.importer.working import differences, opened, query

REASON = re.compile(r"line \d+, field [a-z_]+\d?( \d+)?: .")
CORPUS = Path(os.environ.get("MUSTER_CORPUS") or ROOT.parent / "shared" / "corpus")
PORTION = 250
_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
_SEPARATORS = (b"\\", b"\t", b" ", b"\n", b":")

NASTY = tuple(
    text.encode()
    for text in (
        *("", "-", ".", "-1", "-0", "+1", "0", "00", "1", "2", "3", "255", "1e5", "1E400", "0x1f", "1_000", "1 000"),
        *("nan", "-nan", "inf", "-inf", "Infinity", "None", "true", "١٢", "４２", "½", "1.5.2", "1,5", "9" * 12),
        *("2000000", "2000001", "-2000001", "2147483647", "2147483648", "-2147483649", "9223372036854775808"),
        *("268435455", "268435456", "0.1", "99.999", "1000000.9", "999999999999", "-999999999999.9", "0." + "3" * 40),
        *("9" * 400, "-" + "9" * 400, "9" * 4200, "9" * 5000, "71:05", "0:00", "99999:59", "20.00", "--1"),
    )
)
TEXTS = (
    *(b"", b"\0", b"\r", b"\n", b"\r\n", b"\\", b"\\\\", b"\t", b"\t\t", b" ", b"  ", b"^", b"^^1", b"\xff\xfe"),
    *(b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\x1a", b"\x7f", b"\x85"),
    *(b"OMNIBOT0", b"omnibot0", b"OMNIBOT9", b"DEADBEEF", b"'; DROP TABLE rounds; --", b"%s%n", b"{0}", b"$1", b":m"),
    "名".encode() * 100,
    "".join(chr(0x4E00 + n) for n in range(3000)).encode(),
    b"A" * 3000,
)

Wound = Callable[[Random, bytes], bytes]


def flip(random: Random, data: bytes) -> bytes:
    """A few bytes become others."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def truncate(random: Random, data: bytes) -> bytes:
    """As a copy that broke off; mostly near the end."""
    return data[
        : random.randrange(len(data)) if random.random() < 0.5 else -random.randrange(1, min(40, len(data)) + 1)
    ]


def cut(random: Random, data: bytes) -> bytes:
    """A piece is missing."""
    at = random.randrange(len(data))
    return data[:at] + data[at + random.choice((1, 1, 2, 5, 50, 500)) :]


def insert(random: Random, data: bytes) -> bytes:
    """Something that does not belong there."""
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice((*TEXTS, random.randbytes(random.randrange(20)))) + data[at:]


def number(random: Random, data: bytes) -> bytes:
    """One number becomes another, sensible or not."""
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    if random.random() < 0.5:
        new = random.choice(NASTY)
    else:
        whole = int(one[0].partition(b".")[0] or 0)
        new = str(max(0, whole + random.choice((-100, -2, -1, 1, 2, 7, 1000)))).encode()
    return data[: one.start()] + new + data[one.end() :]


def swap_parts(random: Random, data: bytes) -> bytes:
    """Two parts of the text change places."""
    separator = random.choice(_SEPARATORS)
    parts = data.split(separator)
    if len(parts) < 2:
        return data
    one, other = random.randrange(len(parts)), random.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return separator.join(parts)


def drop_part(random: Random, data: bytes) -> bytes:
    """A field, a word or a line is missing."""
    separator = random.choice(_SEPARATORS)
    parts = data.split(separator)
    del parts[random.randrange(len(parts))]
    return separator.join(parts)


def repeat_part(random: Random, data: bytes) -> bytes:
    """A field, a word or a line stands twice, or three hundred times."""
    separator = random.choice(_SEPARATORS)
    parts = data.split(separator)
    at = random.randrange(len(parts))
    parts[at:at] = [parts[at]] * (300 if random.random() < 0.03 else 1)
    return separator.join(parts)


def rename(random: Random, data: bytes) -> bytes:
    """A player becomes a bot, another player, or somebody with an impossible name."""
    lines = data.split(b"\n")
    if len(lines) < 3:
        return data
    at = random.randrange(1, len(lines))
    parts = lines[at].split(b"\\")
    if len(parts) > 2:
        parts[0] = random.choice((b"OMNIBOT0", b"OMNIBOT0", b"omnibot0", parts[0].lower(), b"00000000", parts[0]))
        parts[1] = random.choice((b"Cog", b"Cog", b"Cog#2", b"^1Cog", b"", parts[1], *TEXTS))
    lines[at] = b"\\".join(parts)
    return b"\n".join(lines)


def shuffle_lines(random: Random, data: bytes) -> bytes:
    """Players in another order: the same round."""
    header, *players = data.split(b"\n")
    random.shuffle(players)
    return b"\n".join([header, *players])


def line_ends(random: Random, data: bytes) -> bytes:
    """CRLF, mixed ends, lone CRs."""
    return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\r\r\n", b"\n\n", b"\n\r")), random.choice((-1, 1, 3)))


def counters(random: Random, data: bytes) -> bytes:
    """The rounds of all players say something else."""
    return re.sub(rb"\\\d\\([123])\\", rb"\\" + random.choice((b"0", b"1", b"2", b"9")) + rb"\\\1\\", data)


def sides(random: Random, data: bytes) -> bytes:
    """A few change sides or go watching."""
    return re.sub(
        rb"\\[123]\\", lambda m: b"\\%d\\" % random.choice((1, 2, 3)) if random.random() < 0.3 else m[0], data
    )


WOUNDS: tuple[Wound, ...] = (
    *(number,) * 6,
    *(flip, truncate, cut, insert, swap_parts, drop_part, repeat_part, rename) * 2,
    *(shuffle_lines, line_ends, counters, sides),
)


def wounded(random: Random, data: bytes) -> bytes:
    """A content with one to four wounds."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        data = random.choice(WOUNDS)(random, data) or b"\n"
    return data


# ------------------------------------------------------------------------------------------------------------- files


@dataclass
class Case:
    """A file to be imported: the bytes of its name, and its content."""

    name: bytes
    data: bytes

    def write(self, folder: Path) -> None:
        (folder / os.fsdecode(self.name)).write_bytes(self.data)


def evenings(folder: Path) -> list[list[Path]]:
    """Round files by date."""
    days: dict[str, list[Path]] = {}
    for path in find([folder])[0]:
        days.setdefault(path.name[:10], []).append(path)
    return list(days.values())


def moved(random: Random, name: str, days: int) -> bytes:
    """The name on another day; seldom at an odd time or with an odd map."""
    stamp = datetime.strptime(name[:17], "%Y-%m-%d-%H%M%S") + timedelta(days=days)  # noqa: DTZ007
    chance = random.random()
    if chance < 0.02:
        stamp += timedelta(minutes=random.choice((-60, -10, 10, 60)))
    text = f"{stamp:%Y-%m-%d-%H%M%S}{name[17:]}"
    if chance > 0.995:
        text = random.choice(("0001-01-01-000000", "9999-12-31-235959", "2025-03-30-023000")) + name[17:]
    if chance > 0.998:
        return os.fsencode(text).replace(b"-round-", random.choice((b"\xff-round-", b"\xed\xa0\x80-round-")))
    return os.fsencode(text)


def of_its_own(data: bytes, days: int) -> bytes:
    """The content with a config of its own, so that no two evenings have the same."""
    parts = data.split(b"\\", 3)
    parts[2] += b"-%d" % days
    return b"\\".join(parts)


def cases(random: Random, nights: Sequence[Sequence[Path]], count: int) -> Iterator[list[Case]]:
    """`count` cases in portions of evenings that were moved to another day."""
    contents = {path: path.read_bytes() for night in nights for path in night}
    portion: list[Case] = []
    remaining: list[Path] = []
    for number_of_case in range(count):
        if not remaining:
            # Some days come again and again: other contents of the same names, late partners, growing evenings.
            night, days = random.choice(nights), random.randrange(1, random.choice((10, 2000, 2000)))
            own = random.random() < 0.95
            health = random.choice((0.0, 0.3, 0.3, 0.8))
            remaining = list(night)
        path = remaining.pop(0)
        data = of_its_own(contents[path], days) if own else contents[path]
        data = data if random.random() < health else wounded(random, data)
        portion.append(Case(moved(random, path.name, days), data))
        if len(portion) == PORTION or number_of_case == count - 1:
            yield portion
            portion = []


# --------------------------------------------------------------------------------------------------------------- run


@dataclass
class Outcome:
    """What came of the cases. `faults` says what must not be: an empty list is the goal."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    unnamed: Counter[str] = field(default_factory=Counter)
    """Reasons that do not name line and field."""


async def run(
    store: Store,
    nights: Sequence[Sequence[Path]],
    count: int,
    seed: int,
    keep: Path | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Imports `count` cases into a store; files that break something are left in `keep`."""
    outcome = Outcome()
    random = Random(seed)
    for number_of_portion, portion in enumerate(cases(random, nights, count)):
        with tempfile.TemporaryDirectory(prefix="muster-mutate-") as place:
            folder = Path(place)
            for case in portion:
                case.write(folder)
            await _take(store, folder, outcome, keep, f"seed {seed}, portion {number_of_portion}")
        done(len(portion))
    outcome.faults += [
        f"verify: {d.table}: {d.rows} rows, {d.stored_only[:1]} / {d.recounted_only[:1]}"
        for d in await differences(store)
    ]
    outcome.faults += await halves(store)
    return outcome


async def _take(store: Store, folder: Path, outcome: Outcome, keep: Path | None, where: str) -> None:
    files = find([folder])[0]
    names = {path.name for path in folder.iterdir()}
    outcome.counts["no round file"] += len(names) - len(files)
    try:
        report = await Importer(store).run(files)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a find
        outcome.faults.append(f"{where}: {type(error).__name__}: {str(error)[:200]} in {_last_line()}")
        await _find_culprits(store, files, outcome, keep)
        return
    outcome.counts.update(report.counts)
    if sum(report.counts.values()) != len(files):
        outcome.faults.append(f"{where}: {len(files)} files, {report.counts}")
    for result in report.notable:
        if not result.reason:
            outcome.faults.append(f"{where}: {result.file} is {result.status} without a reason")
        elif result.status == "rejected" and not REASON.match(result.reason):
            outcome.unnamed[re.sub(r"\d+|'.*?'", "…", result.reason)[:90]] += 1


def _last_line() -> str:
    error = sys.exc_info()[1]
    assert error is not None
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "muster" in frame.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


async def _find_culprits(store: Store, files: Sequence[Path], outcome: Outcome, keep: Path | None) -> None:
    """Imports the files of a portion that failed one by one, so that the run can go on."""
    for file in files:
        try:
            report = await Importer(store).run([file])
            outcome.counts.update(report.counts)
        except Exception as error:  # noqa: BLE001 - as above
            outcome.counts["broke the import"] += 1
            outcome.faults.append(f"  {file.name}: {type(error).__name__}: {str(error)[:120]} in {_last_line()}")
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                file.replace(keep / file.name)


async def halves(store: Store) -> list[str]:
    """What is not stored whole: a file without its round, a round without its rows, a row without its round."""
    checks = {
        "files with no final status": "SELECT count(*) FROM processed_files WHERE status NOT IN "
        "('imported', 'empty', 'rejected', 'duplicate', 'superseded')",
        "files that are not imported and give no reason": "SELECT count(*) FROM processed_files "
        "WHERE status <> 'imported' AND reason IS NULL",
        "imported files without a round": "SELECT count(*) FROM processed_files f "
        "LEFT JOIN rounds r ON r.file_id = f.id WHERE (f.status IN ('imported', 'empty')) <> (r.id IS NOT NULL)",
        "files without their content": "SELECT count(*) FROM processed_files f "
        "LEFT JOIN raw_files c ON c.file_id = f.id WHERE c.file_id IS NULL AND f.status <> 'rejected'",
        "rounds without a session": "SELECT count(*) FROM rounds r LEFT JOIN gaming_sessions s "
        "ON s.session_id = r.session_id WHERE (r.status = 'empty') <> (s.session_id IS NULL)",
        "rows of no round": "SELECT count(*) FROM player_stats p LEFT JOIN rounds r ON r.id = p.round_id "
        "WHERE r.id IS NULL",
        "weapons of no row": "SELECT count(*) FROM weapon_stats w LEFT JOIN player_stats p "
        "ON p.round_id = w.round_id AND p.player_id = w.player_id WHERE p.round_id IS NULL",
        "rows of no player": "SELECT count(*) FROM player_stats p LEFT JOIN players q ON q.id = p.player_id "
        "WHERE q.id IS NULL",
        "players of no round": "SELECT count(*) FROM players q LEFT JOIN player_stats p ON p.player_id = q.id "
        "WHERE p.round_id IS NULL",
        "rounds with more rows than players": "SELECT count(*) FROM rounds r WHERE r.players < "
        "(SELECT count(*) FROM player_stats p WHERE p.round_id = r.id)",
        "rows whose sums are not their weapons'": "SELECT count(*) FROM player_stats p WHERE p.kills <> coalesce("
        "(SELECT sum(w.kills) FROM weapon_stats w WHERE w.round_id = p.round_id AND w.player_id = p.player_id), 0)",
        "matches without both rounds": "SELECT count(*) FROM matches m WHERE "
        "(SELECT count(*) FROM rounds r WHERE r.match_id = m.match_id) <> 2",
        "rollups of no round": "SELECT count(*) FROM player_rollup WHERE rounds <= 0",
    }
    found = []
    for what, sql in checks.items():
        ((count,),) = await query(store, sql)
        if count:
            found.append(f"{count} {what}")
    return found


def gather(folder: Path, seed: int) -> list[list[Path]]:
    """Evenings to be broken: simulated ones of every layout, and the corpus where it lies."""
    simulate(folder / "simulated", nights=12, players=8, seed=seed)
    nights = evenings(folder / "simulated")
    return nights + (evenings(CORPUS) if CORPUS.is_dir() else [])


async def main(count: int, seed: int, url: str | None, keep: Path) -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="muster-mutate-") as place:
        async with opened(url or str(Path(place) / "mutate.db")) as store:
            with Progress(transient=True) as bar:
                task = bar.add_task(f"seed {seed}", total=count)
                nights = gather(Path(place), seed)
                outcome = await run(store, nights, count, seed, keep, lambda n: bar.advance(task, n))
    print(f"seed {seed}: {count:,} files in {time.monotonic() - started:.0f} s on {store.dialect}")
    for status, number_of_files in outcome.counts.most_common():
        print(f"  {number_of_files:8,} {status}")
    for reason, times in outcome.unnamed.most_common():
        print(f"  {times:8,} refusals name no line or field: {reason}")
    for fault in outcome.faults:
        print("FAULT", fault)
    print("faults:", len(outcome.faults))
    return 1 if outcome.faults or outcome.unnamed else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.importer.mutate", description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--db", help="URL of an empty database (default: SQLite in a temporary folder)")
    options.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "muster-mutated")
    chosen = options.parse_args()
    sys.exit(asyncio.run(main(chosen.cases, chosen.seed, chosen.db, chosen.keep)))
