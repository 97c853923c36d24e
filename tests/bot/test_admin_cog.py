"""Admin commands as they are given: typed and chosen, by whom they are for and by others."""

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import pytest
import pytest_asyncio

from muster.bot import upload
from muster.rounds import reading
from muster.rounds.importer import Importer
from muster.rounds.parse import Rejected
from muster.rounds.simulate import simulate
from muster.stats.export import COLUMNS
from muster.store import admin
from muster.store.info import describe
from tests.bot.admin_room import Room, hostile_round, room, told
from tests.building import put_pair
from tests.importer.working import change, mark, query, statuses

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS = (
    *("check_schema", "list_tables", "count_records", "recent_imports", "failed_imports", "database_size"),
    *("database_info", "backup_database", "vacuum_database", "clear_cache", "export_stats", "worst_performers_switch"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    folder = tmp_path_factory.mktemp("season")
    simulate(folder / "files", nights=2, players=6, seed=4, oddities=False)
    (folder / "files" / "2025-01-03-200000-supply-round-1.txt").write_text("junk")
    async with room(folder, folder / "files") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def empty(tmp_path: Path) -> AsyncIterator[Room]:
    async with room(tmp_path) as opened:
        yield opened


async def test_others_are_told_in_private(full: Room) -> None:
    for at, command in enumerate(COMMANDS):
        # Nobody asks more often than the pace allows.
        if at % 5 == 0:
            alice = full.member("alice")
        answer = await full.typed(f"!{command}", alice)
        assert "for admins of this server" in told(answer), command
        assert full.is_private(answer), command


async def test_who_manages_the_server_may(full: Room) -> None:
    boss = full.boss()
    assert "Records" in told(await full.typed("!count_records", boss))
    assert "Records" in told(await full.chosen("count_records", boss))


async def test_counts_are_those_of_the_database(full: Room) -> None:
    async with full.store.read() as reader:
        found = await admin.records(reader)
        tables = {table.name: table.rows for table in await admin.tables(reader)}
        info = await describe(full.store, reader)
    for answer in (await full.typed("!count_records"), await full.chosen("count_records")):
        lines = {line.rsplit("  ", 1)[0].strip(): line.split()[-1] for line in told(answer).splitlines()}
        assert lines["rounds"] == str(found.rounds)
        assert lines["players"] == str(found.players)
        assert lines["failed"] == "1"
    for answer in (await full.typed("!list_tables"), await full.chosen("list_tables")):
        words = told(answer).split()
        assert words[words.index("gaming_sessions") + 1] == f"{tables['gaming_sessions']:,}"
    for answer in (await full.typed("!database_info"), await full.chosen("database_info")):
        assert f"<t:{int(info.last_round.timestamp())}:d>" in told(answer)  # type: ignore[union-attr]
        assert str(full.store.url.database).rpartition("/")[0] not in told(answer)
    for answer in (await full.typed("!database_size"), await full.chosen("database_size")):
        assert "player_stats" in told(answer)


async def test_the_schema_is_checked(full: Room) -> None:
    assert "The schema is right" in told(await full.typed("!check_schema"))
    await change(full.store, "CREATE TABLE theirs (id INTEGER)")
    assert "table theirs is not Muster’s" in told(await full.chosen("check_schema"))
    await change(full.store, "DROP TABLE theirs")


async def test_what_came_and_what_failed(full: Room) -> None:
    recent = await full.typed("!recent_imports")
    assert "imported" in told(recent)
    assert told(await full.chosen("recent_imports")).splitlines()[2] == told(recent).splitlines()[2]
    for answer in (await full.typed("!failed_imports"), await full.chosen("failed_imports")):
        assert "1 file can't be read" in told(answer)
        assert "a header has 8 or 9 parts" in told(answer)
        again = await full.pressed(answer, "Read again")
        assert "0 files could be read now, 1 still can't" in told(again)


async def test_a_file_that_can_be_read_now_is_taken_in(
    empty: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its content is kept: the button needs no file."""

    def refusing(*given: object) -> object:
        raise Rejected("too new", 1, "header")

    files = put_pair(tmp_path / "files")
    monkeypatch.setattr(reading, "parse", refusing)
    await Importer(empty.store).run(files)
    monkeypatch.undo()
    for file in files:
        file.unlink()
    answer = await empty.typed("!failed_imports")
    assert "2 files can't be read" in told(answer)
    assert "too new" in told(answer)
    assert "2 files could be read now, 0 still can't" in told(await empty.pressed(answer, "Read again"))
    assert set((await statuses(empty.store)).values()) == {"paired"}
    assert "No file has failed" in told(await empty.typed("!failed_imports"))


async def test_a_backup_is_made_and_checked(full: Room) -> None:
    answer = await full.typed("!backup_database")
    assert (await mark(full.store))[:16] in told(answer)
    assert "says the same" in told(answer)
    (file,) = full.bot.settings.backups.glob("muster-2*.db")
    assert file.name.replace("-", "\\-").replace(".", "\\.") in told(answer)


async def test_it_is_tidied_up(full: Room) -> None:
    before = await mark(full.store)
    assert "Tidied up" in told(await full.chosen("vacuum_database"))
    assert await mark(full.store) == before


async def test_the_cache_is_cleared(full: Room) -> None:
    await full.typed("!clear_cache")
    await full.typed("!top_killers")
    assert "1 answer forgotten" in told(await full.typed("!clear_cache"))
    assert "0 answers forgotten" in told(await full.chosen("clear_cache"))


async def test_exports_are_what_was_asked_for(full: Room) -> None:
    session, guid = (
        await query(
            full.store,
            "SELECT r.session_id, pl.key FROM rounds r JOIN player_stats p ON p.round_id = r.id "
            "JOIN players pl ON pl.id = p.player_id WHERE r.valid AND p.seconds > 0 ORDER BY r.played_at, pl.key",
        )
    )[-1]

    async def exported(words: str) -> tuple[str, bytes]:
        (file,) = (await full.typed(f"!export_stats {words}")).attachments
        return file.filename, file.data

    name, data = await exported(f"csv player: {guid}")
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert name == f"player_rounds-{guid}.csv"
    assert tuple(rows[0]) == COLUMNS["player_rounds"]
    assert {row["guid"] for row in rows} == {guid}
    name, data = await exported("json rounds session: last")
    assert {row["session_id"] for row in json.loads(data)} == {session}
    name, data = await exported(f"weapon_rounds session: {session} player: {guid}")
    assert {row["guid"] for row in csv.DictReader(io.StringIO(data.decode()))} == {guid}
    name, data = await exported("parquet matches")
    path = Path(full.store.url.database or "").parent / name
    path.write_bytes(data)
    assert duckdb.read_parquet(str(path)).columns == list(COLUMNS["matches"])
    (file,) = (await full.chosen("export_stats", table="ratings", format="json")).attachments
    assert file.filename == "ratings.json"
    offered = await full.sim.act.autocomplete(full.root, full.sim.channel, "export_stats", "table", "round")
    assert [choice["value"] for choice in offered] == ["player_rounds", "weapon_rounds", "rounds"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("frobnicate", "is neither a table"),
        ("rounds format: xml", "There is no format “xml”"),
        ("rounds player: zzzqqq", "Nobody goes by"),
        ("session: nowhere", "There is no session “nowhere”"),
        ("ratings session: last", "`ratings` can't be of one session"),
        ("2031", "Nothing fits"),
    ],
)
async def test_what_can_not_be_exported(full: Room, words: str, part: str) -> None:
    assert part in told(await full.typed(f"!export_stats {words}"))


@pytest.mark.parametrize("words", ["csv", "rounds parquet"])
async def test_too_much_is_refused_with_the_way_to_get_it(
    full: Room, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MOST", 1000)
    answer = await full.typed(f"!export_stats {words}")
    assert "more than the 0.001 MB" in told(answer)
    assert "`muster export " in told(answer)


async def test_the_ranking_of_the_worst_is_switched(full: Room) -> None:
    assert "off here" in told(await full.typed("!worst_performers"))
    assert "**off**" in told(await full.typed("!worst_performers_switch"))
    assert "**on**" in told(await full.typed("!worst_performers_switch on"))
    assert "Room to grow" in told(await full.typed("!worst_performers kills"))
    assert "**off**" in told(await full.chosen("worst_performers_switch", switch="off"))
    assert "off here" in told(await full.typed("!worst_performers"))
    assert "`on` or `off`" not in told(await full.typed("!worst_performers_switch"))
    assert "worst\\_performers\\_switch on" not in told(await full.typed("!worst_performers_switch maybe"))


async def test_an_empty_database(empty: Room) -> None:
    answers = {
        "check_schema": "The schema is right",
        "list_tables": "bot_config",
        "count_records": "`sync_all` imports",
        "recent_imports": "`sync_all` imports",
        "failed_imports": "No file has failed",
        "database_size": "in all",
        "database_info": "no round yet",
        "vacuum_database": "Tidied up",
        "export_stats": "Nothing fits",
        "export_stats session: last": "No session is stored yet",
        "export_stats player: x": "No round is stored yet",
    }
    for command, part in answers.items():
        assert part in told(await empty.typed(f"!{command}")), command


async def test_hostile_names(empty: Room, tmp_path: Path) -> None:
    hostile_round(tmp_path / "hostile")
    await Importer(empty.store).run([hostile_round(tmp_path / "hostile")])
    (tmp_path / "2025-01-03-200000-`x@everyone`-round-1.txt").write_text("**")
    await Importer(empty.store).run([tmp_path / "2025-01-03-200000-`x@everyone`-round-1.txt"])
    for command in ("recent_imports", "failed_imports", "database_info", "export_stats"):
        answer = await empty.typed(f"!{command}")
        assert told(answer).count("```") in (0, 2, 4), command
        assert "```@" not in told(answer)
