"""The pages about the database, word for word."""

from datetime import UTC, datetime, timedelta

from muster.bot.pages import DESCRIPTION, GREEN, ORANGE, RED
from muster.bot.show import admin as show
from muster.store.admin import DatabaseSize, Engine, Records, SchemaCheck, TableInfo
from muster.store.backup import Backup
from muster.store.files import FileRow, Server
from muster.store.info import DatabaseInfo

NOW = datetime(2025, 10, 27, 12, 0, tzinfo=UTC)
RECORDS = Records({"imported": 1208, "rejected": 2}, 1210, 2, 1208, 1190, 80, 590, 41, 1, 60, 9000, 50000, 33, 5, 7)


def row(number: int = 1, **values: object) -> FileRow:
    usual: dict[str, object] = {
        "server": "main",
        "filename": "2025-10-26-203013-etl_sp_delivery-round-2.txt",
        "status": "imported",
        "reason": None,
        "processed_at": NOW - timedelta(minutes=3 * number),
    }
    return FileRow(id=number, sha256=b"", size=2048, players=6, **(usual | values))  # type: ignore[arg-type]


def block(page: str) -> list[str]:
    """The lines of the code block of a page."""
    return page.split("```\n")[1].split("\n")[:-1]


def test_amounts_and_ages() -> None:
    assert [show.amount(size) for size in (None, 0, 1023, 1024, 1536, 3 << 20, 5 << 30)] == [
        *("–", "0 B", "1023 B", "1.0 KB", "1.5 KB", "3.0 MB", "5.0 GB")
    ]
    ages = {0: "0 s ago", 119: "119 s ago", 120: "2 min ago", 7300: "2 h ago", 200_000: "2 d ago", -5: "0 s ago"}
    assert {s: show.ago(NOW - timedelta(seconds=s), NOW) for s in ages} == ages
    assert show.ago(None, NOW) == "never"


def test_a_schema_that_is_right() -> None:
    (page,) = show.schema(SchemaCheck("0002", "0002", (), ())).pages
    assert page.colour == GREEN
    assert page.title == "The schema is right"
    assert page.description == "Revision `0002`. Tables, columns, indexes and views are what the migrations make."
    (page,) = show.schema(SchemaCheck("0002", "0002", (), ("table my_notes is not Muster’s",))).pages
    assert page.colour == GREEN
    assert page.description.endswith("Also there, and in nobody's way:\n- table my\\_notes is not Muster’s")


def test_a_schema_that_is_not() -> None:
    (page,) = show.schema(SchemaCheck("0002", "0002", ("table rounds is missing",), ())).pages
    assert page.colour == RED
    assert page.description == (
        "Revision `0002`, this program works with `0002`.\n"
        "Somebody changed it by hand: bring a backup back, or import the files into a fresh database.\n"
        "- table rounds is missing"
    )
    (page,) = show.schema(SchemaCheck(None, "0002", (), ())).pages
    assert page.description.endswith("`muster db upgrade` brings it up to date; it can run while the bot is stopped.")
    many = tuple(f"column {'`*_' * 12}.{n} is missing" for n in range(500))
    pages = show.schema(SchemaCheck("0001", "0002", many, many)).pages
    assert sum("and 460 more" in page.description for page in pages) == 2


def test_tables() -> None:
    found = (TableInfo("rounds", 1208), TableInfo("x`\n" * 30, 3), TableInfo("match_ups", None))
    (page,) = show.tables(found).pages
    assert page.description.startswith("2 tables, 1 view\n")
    lines = block(page.description)
    assert lines[0].split() == ["table", "rows"]
    assert lines[1].split() == ["rounds", "1,208"]
    assert lines[3].split() == ["match_ups", "view"]
    assert all(len(line) <= 40 for line in lines)


def test_records() -> None:
    (page,) = show.records(RECORDS).pages
    assert [line.split("  ")[-1].strip() for line in block(page.description)][:4] == ["1,208", "1,190", "80", "590"]
    assert "  failed                 2" in page.description
    assert "files                1,210" in page.description
    empty = Records({}, *[0] * 14)
    (page,) = show.records(empty).pages
    assert page.description.startswith("Nothing yet: `sync_all` imports")


def test_recent_imports() -> None:
    rows = [
        row(1),
        row(2, status="rejected", server="`@everyone`" * 9),
        row(3, filename="no such name `", status="new kind"),
        row(4, filename=f"2025-10-26-203013-{'m' * 60}-round-1.txt", status="duplicate"),
    ]
    (page,) = show.recent_imports(rows, NOW).pages
    assert block(page.description) == [
        "etl_sp_delivery        R2 25-10-26 20:30",
        "  imported · 3 min ago · main",
        "etl_sp_delivery        R2 25-10-26 20:30",
        "  failed · 6 min ago · '@everyone''@eve…",
        "no such name '",
        "  new kind · 9 min ago · main",
        "mmmmmmmmmmmmmmmmmmmmm… R1 25-10-26 20:30",
        "  same content twice · 12 min ago · main",
    ]
    assert len(show.recent_imports([row(n) for n in range(1, 20)], NOW).pages) == 3
    (page,) = show.recent_imports([], NOW).pages
    assert "`sync_all`" in page.description


def test_failed_imports() -> None:
    (page,) = show.failed_imports([row(status="rejected", reason="line 1, field header: no")], 1, NOW).pages
    assert (page.title, page.colour) == ("1 file can't be read", ORANGE)
    assert page.description == (
        "**2025\\-10\\-26\\-203013\\-etl\\_sp\\_delivery\\-round\\-2\\.txt**\n"
        "line 1, field header\\: no\n-# main · 2.0 KB · 3 min ago"
    )
    pages = show.failed_imports([row(n, status="rejected", reason="*" * 5000) for n in range(60)], 99, NOW).pages
    assert len(pages) > 1
    assert pages[-1].description.endswith("-# and 39 older ones")
    assert all(len(page.description) <= DESCRIPTION for page in pages)
    (page,) = show.failed_imports([], 0, NOW).pages
    assert page.colour == GREEN


def test_read_again() -> None:
    (page,) = show.retried({"imported": 3, "rejected": 1}, [("a.txt", "no `header`")]).pages
    assert page.description == "3 files could be read now, 1 still can't.\n- **a\\.txt**: no \\`header\\`"
    assert page.colour == ORANGE
    (page,) = show.retried({}, []).pages
    assert "too large" in page.description


def test_sizes() -> None:
    found = DatabaseSize(3 << 20, 1 << 20, 4096, 9 << 30, (("rounds", 2 << 20), ("`" * 50, 5)))
    (page,) = show.size(found).pages
    assert page.description.startswith(
        "**3.0 MB** in all\n1.0 MB of it free (`vacuum_database` gives that back)\n4.0 KB in the log beside it\n"
        "9.0 GB left on the disk\n```"
    )
    assert block(page.description)[1].split() == ["rounds", "2.0", "MB"]
    assert all(len(line) <= 40 for line in block(page.description))
    (page,) = show.size(DatabaseSize(10, None, None, None, None)).pages
    assert page.description == "**10 B** in all"


def test_everything_about_the_database() -> None:
    info = DatabaseInfo(
        url="postgresql+asyncpg://me:***@host/muster",
        revision="0002",
        size=3 << 20,
        tables={"rounds": 1208},
        files={"imported": 1208},
        servers=[Server(1, "`main`", "Europe/Berlin")],
        first_round=NOW - timedelta(days=900),
        last_round=NOW,
    )
    (page,) = show.info(Engine("PostgreSQL", "15.18", "mus_ter"), info, "0002", 12, None).pages
    assert page.description.startswith(
        "**PostgreSQL 15\\.18**, database “mus\\_ter”\nRevision `0002`, up to date\n3.0 MB\n"
        f"Rounds: <t:{int(info.first_round.timestamp())}:d> to <t:{int(NOW.timestamp())}:d>\n"  # type: ignore[union-attr]
    )
    assert "host" not in page.description
    assert "'main'" in page.description
    empty = DatabaseInfo("", "0001", None, {"rounds": 0}, {}, [], None, None)
    (page,) = show.info(Engine("SQLite", "3", "x"), empty, "0002", 1, 4096).pages
    assert "this program works with `0002`: `muster db upgrade`" in page.description
    assert "Rounds: no round yet" in page.description


def test_backups() -> None:
    made = Backup("/var/lib/muster/muster-20251027.db", 3 << 20, "ab" * 32, True)
    (page,) = show.backup(made, "beside the database", 1.25).pages
    assert (page.colour, page.title) == (GREEN, "Backup made")
    assert page.description == (
        "**muster\\-20251027\\.db**, 3.0 MB, beside the database, in 1.2 s\n"
        "It was restored into a scratch database and says the same: fingerprint and rows of every table agree.\n"
        "-# fingerprint abababababababab…"
    )
    unchecked = Backup("/x.dump", 1, "ab" * 32, False, "the user x_y may not create databases")
    (page,) = show.backup(unchecked, "here", 1).pages
    assert page.colour == ORANGE
    assert "⚠ It was not restored to check it: the user x\\_y may not" in page.description


def test_tidied_up() -> None:
    (page,) = show.vacuumed(3 << 20, 2 << 20, 0.5).pages
    assert page.description == "3.0 MB before, **2.0 MB** now: 1.0 MB given back, in 0.5 s."
    (page,) = show.vacuumed(1 << 20, 2 << 20, 0.5).pages
    assert page.description == "1.0 MB before, **2.0 MB** now, in 0.5 s."
