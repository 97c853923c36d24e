"""The oracle itself: small made-up rounds, then every fact that ``stats-files.md`` states about the corpus."""

import os
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle import (
    CUMULATIVE,
    TAB_FIELDS,
    WEAPON_COUNTERS,
    WEAPONS,
    RawRound,
    Reading,
    Row,
    as_is,
    clean_name,
    clock_seconds,
    layout,
    parse_file,
    playtime_seconds,
    read_folder,
    stood_aside,
    zero_sum_flags,
)

ROOT = Path(__file__).resolve().parent.parent


# ------------------------------------------------------------------------------------------------- made-up rounds


def line(
    guid: str,
    tab: dict[str, str] | None = None,
    *,
    name: str = "n",
    rounds: int = 0,
    team: int = 1,
    weapons: dict[int, str] | None = None,
) -> str:
    """A player line of 38 fields; weapons: index -> "hits shots kills deaths headshots"."""
    weapons = {4: "1 2 3 4 0"} if weapons is None else weapons
    blocks = " ".join(weapons[index] for index in sorted(weapons))
    fields = [(tab or {}).get(field, "0.0" if field == "dpm" else "0") for field in TAB_FIELDS]
    return f"{guid}\\{name}\\{rounds}\\{team}\\{sum(1 << index for index in weapons)} {blocks} \t" + "\t".join(fields)


def put(
    folder: Path, stamp: str, number: int, *lines: str, header: str = "1\\2\\12:00\\5:00", on: str = "supply"
) -> str:
    """Write a round file; header: defender, winner, limit, next limit and perhaps the playtime."""
    name = f"{stamp}-{on}-round-{number}.txt"
    text = "\n".join([f"^1server\\{on}\\legacy3\\{number}\\{header}", *lines]) + "\n"
    (folder / name).write_text(text, encoding="utf-8")
    return name


def statuses(folder: Path) -> dict[str, str]:
    return {row["file"][11:17]: row["status"] for row in read_folder(folder).rounds}


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("^D/^4/^?/^?/^zT.^0gAddle", "////T.gAddle"),
        ("^D/^4/^?/^zT.^0gAddle", "///T.gAddle"),
        ("^^1x", "^x"),
        ("^ x^", "^ x^"),
        ("^/^?^>^*^éx", "x"),
    ],
)
def test_colour_codes(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_clocks() -> None:
    assert clock_seconds("12:05") == 725
    assert clock_seconds("20.00") == 1200
    assert clock_seconds("") is None
    assert playtime_seconds("432.5") == Fraction("432.5")
    assert playtime_seconds("432500") == Fraction("432.5")
    assert [playtime_seconds(text) for text in ("0", "-3", "nan", "inf", "")] == [None] * 5


def test_layouts() -> None:
    assert layout(38) == TAB_FIELDS
    assert layout(40) == TAB_FIELDS
    assert layout(37) == TAB_FIELDS[:37]
    assert layout(33)[26:] == ("kd", "useful_kills", "multi2", "multi3", "multi4", "multi5", "multi6")
    assert layout(32)[20:] == ("bullets_fired", "dpm", *TAB_FIELDS[23:28], *TAB_FIELDS[29:34])
    assert [len(layout(count)) for count in (32, 33, 36, 37, 38)] == [32, 33, 36, 37, 38]
    assert TAB_FIELDS[8] == "time_played_pct"
    assert TAB_FIELDS[22] == "time_played_min"
    assert TAB_FIELDS[28:34] == ("denied_playtime", "multi2", "multi3", "multi4", "multi5", "multi6")
    assert (WEAPONS[4], WEAPONS[11], WEAPONS[20], WEAPONS[27]) == ("MP40", "GRENADE", "MG42", "SYRINGE")


def test_line_of_spaces(tmp_path: Path) -> None:
    numbers = " ".join(str(number) for number in range(32))
    put(tmp_path, "2024-03-01-200000", 1, f"AAAAAAAA\\n\\0\\1\\16 1 2 3 4 0 {numbers}")
    (row,) = read_folder(tmp_path).player_rounds
    assert (row["team_gibs"], row["times_revived"], row["useful_kills"], row["multi2"], row["multi6"]) == (
        7,
        19,
        26,
        27,
        31,
    )
    for missing in ("time_played_min", "denied_playtime", "useless_kills", "revives_given", "dpm"):
        assert row[missing] is None
    assert row["bullets_fired"] == 2


def test_difference(tmp_path: Path) -> None:
    first = {
        "damage_given": "1000",
        "damage_received": "500",
        "time_played_min": "5.3",
        "time_played_pct": "80.0",
        "xp": "9",
    }
    second = {
        "damage_given": "2500",
        "damage_received": "1800",
        "time_played_min": "9.6",
        "time_played_pct": "70.0",
        "xp": "7",
    }
    put(tmp_path, "2025-10-01-200000", 1, line("AAAAAAAA", first, weapons={0: "0 4 0 0 0", 4: "5 9 2 1 1"}))
    file = put(
        tmp_path,
        "2025-10-01-200800",
        2,
        line("AAAAAAAA", second, rounds=1, team=2, weapons={0: "0 2 0 0 0", 4: "9 20 5 3 1"}),
    )
    reading = read_folder(tmp_path)
    row = reading.player_rounds[1]
    assert (row["file"], row["status"], row["side"]) == (file, "paired", "allies")
    assert [row[key] for key in ("kills", "deaths", "hits", "shots", "headshots")] == [3, 2, 4, 11, 0]
    assert (row["damage_given"], row["damage_received"], row["xp"], row["bullets_fired"]) == (1500, 1300, 7, 11)
    assert row["time_played_min"] == 4.3
    assert row["dpm"] == pytest.approx(1500 / 4.3)
    assert row["kd"] == 1.5
    assert row["time_played_pct"] == pytest.approx((70 * 9.6 - 80 * 5.3) / 4.3)
    assert row["time_dead_ratio"] == pytest.approx(100 - row["time_played_pct"])
    assert row["tank_meatshield"] == 1300 / 2 / 130
    assert [weapon["weapon"] for weapon in reading.weapon_rounds] == ["KNIFE", "MP40", "MP40"]


def test_who_is_subtracted_and_who_is_not(tmp_path: Path) -> None:
    one = {"damage_given": "10", "time_played_min": "5.0"}
    two = {"damage_given": "30", "time_played_min": "9.0"}
    gone = {"xp": "8", **one}
    before = [line(guid, one, rounds=3) for guid in ("AAAAAAAA", "BBBBBBBB")]
    before += [line("CCCCCCCC", gone, rounds=3)]
    before += [line("OMNIBOT0", one, name="x", rounds=3), line("OMNIBOT0", two, name="y", rounds=3)]
    put(tmp_path, "2025-10-01-235500", 1, *before)
    after = [line("AAAAAAAA", two, rounds=4), line("BBBBBBBB", two, rounds=3), line("DDDDDDDD", two, rounds=4)]
    after += [line("CCCCCCCC", one, rounds=4, team=3), line("OMNIBOT0", two, name="x", rounds=4)]
    file = put(tmp_path, "2025-10-02-000400", 2, *after)
    rows = {row["guid"]: row["damage_given"] for row in read_folder(tmp_path).player_rounds if row["file"] == file}
    assert rows == {"AAAAAAAA": 20, "BBBBBBBB": 30, "DDDDDDDD": 30, "OMNIBOT0": 20}


def test_statuses(tmp_path: Path) -> None:
    put(tmp_path, "2025-10-01-200000", 1, line("AAAAAAAA"))  # another R1 follows
    put(tmp_path, "2025-10-01-201000", 1, line("AAAAAAAA"))
    put(tmp_path, "2025-10-01-201500", 2, on="supply")  # header only: does not exist for the others
    put(tmp_path, "2025-10-01-202000", 2, line("AAAAAAAA", rounds=1))
    put(tmp_path, "2025-10-01-203000", 2, line("AAAAAAAA", rounds=1))  # its R1 is taken
    put(tmp_path, "2025-10-01-210000", 1, line("AAAAAAAA"))  # 46 minutes to the next: no pair
    put(tmp_path, "2025-10-01-214600", 2, line("AAAAAAAA", rounds=0))
    put(tmp_path, "2025-10-01-215000", 1, line("AAAAAAAA"), header="1\\0\\12:00\\12:00")
    put(tmp_path, "2025-10-01-230000", 1, line("AAAAAAAA"))  # the next evening begins here
    assert statuses(tmp_path) == {
        "200000": "abandoned",
        "201000": "paired",
        "201500": "empty",
        "202000": "paired",
        "203000": "orphan_r2",
        "210000": "single",
        "214600": "single",
        "215000": "cancelled",
        "230000": "single",
    }
    assert [session["rounds"] for session in read_folder(tmp_path).sessions] == [7, 1]


@pytest.mark.parametrize(
    ("header", "seconds", "valid"),
    [
        ("1\\2\\12:00\\5:01", 301, True),  # completed
        ("1\\1\\12:00\\12:00", 390, True),  # held, ended early
        ("1\\1\\5:00\\71:05", 300, True),  # held, the limit
        ("1\\1\\12:00\\12:00\\401.5", 401.5, True),
        ("1\\2\\12:00\\5:01\\401500", 401.5, True),
        ("\\\\20.00\\20.00\\0", 390, True),  # nothing known: 1 and 1
        ("1\\2\\12:00\\0:59", 59, False),
        ("2\\1\\12:00\\1:00", 60, True),
    ],
)
def test_duration(tmp_path: Path, header: str, seconds: float, valid: bool) -> None:
    put(tmp_path, "2025-10-01-200000", 1, line("AAAAAAAA", {"time_played_min": "6.5"}), header=header)
    (row,) = read_folder(tmp_path).rounds
    assert (row["seconds"], row["valid"]) == (seconds, valid)


def test_bots(tmp_path: Path) -> None:
    bots = [line("OMNIBOT0", name=name) for name in ("x", "y")]
    put(tmp_path, "2025-10-01-200000", 1, *bots, line("AAAAAAAA"))
    put(tmp_path, "2025-10-01-201000", 1, *bots, line("AAAAAAAA"), line("BBBBBBBB"), on="oasis")
    assert [row["valid"] for row in read_folder(tmp_path).rounds] == [False, True]


# ------------------------------------------------------------------------------------------------------ the corpus


@pytest.fixture(scope="module")
def corpus() -> Path:
    folder = Path(os.environ.get("MUSTER_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"the corpus of real rounds is not here: {folder} (MUSTER_CORPUS names another folder)")
    return folder


@pytest.fixture(scope="module")
def reading(corpus: Path) -> Reading:
    return read_folder(corpus)


def rows_of(reading: Reading, start: str) -> list[Row]:
    return [row for row in reading.player_rounds if row["file"].startswith(start)]


def round_of(reading: Reading, start: str) -> Row:
    (row,) = [row for row in reading.rounds if row["file"].startswith(start)]
    return row


def raw_of(reading: Reading, start: str) -> RawRound:
    (raw,) = [raw for file, raw in reading.raw.items() if file.startswith(start)]
    return raw


def test_corpus_size_and_statuses(reading: Reading) -> None:
    assert len(reading.rounds) == 209
    assert Counter(row["status"] for row in reading.rounds) == {
        "paired": 184,
        "single": 14,
        "orphan_r2": 9,
        "abandoned": 1,
        "empty": 1,
    }
    assert sum(row["valid"] for row in reading.rounds) == 198
    assert Counter(row["outcome"] for row in reading.rounds) == {"completed": 134, "held": 74, None: 1}
    assert len(reading.player_rounds) == 1363
    assert len(reading.matches) == 92


def test_corpus_layouts(reading: Reading) -> None:
    files: dict[int, list[str]] = {}
    for file, raw in reading.raw.items():
        for count in {player.extended_count for player in raw.players}:
            files.setdefault(count, []).append(file)
    assert {count: len(names) for count, names in files.items()} == {33: 7, 36: 6, 37: 10, 38: 185}
    assert max(files[33])[:7] == "2024-10"
    assert min(files[36])[:7] == "2025-01"
    assert min(files[37])[:7] == "2025-05"
    assert min(files[38])[:10] == "2025-10-12"


def test_corpus_header_only(reading: Reading) -> None:
    row = round_of(reading, "2024-09-12-174949")
    assert (row["status"], row["valid"], row["session_id"], row["players"]) == ("empty", False, None, 0)


def test_corpus_one_player(reading: Reading) -> None:
    row = round_of(reading, "2024-09-11-212540")
    assert (row["config"], row["players"], row["status"]) == ("defaultpublic", 1, "single")


def test_corpus_reconnect(reading: Reading) -> None:
    file = "2025-10-26-203013"
    raw = {player.guid: player for player in raw_of(reading, file).players}
    before = {player.guid: player for player in raw_of(reading, "2025-10-26-201727").players}
    assert set(raw) <= set(before)
    (back,) = [guid for guid in raw if raw[guid].rounds == before[guid].rounds]
    assert {raw[guid].rounds - before[guid].rounds for guid in raw if guid != back} == {1}
    (row,) = [row for row in rows_of(reading, file) if row["guid"] == back]
    assert row["name"] == clean_name(raw[back].name)
    assert row["damage_given"] == raw[back].tab["damage_given"] == 1449
    assert row["time_played_min"] == 11.1


def test_corpus_not_cumulative(reading: Reading) -> None:
    row = round_of(reading, "2025-10-26-200001")
    assert (row["status"], row["valid"], row["match_id"], row["seconds"]) == ("single", True, None, 72)
    assert {player.rounds for player in raw_of(reading, "2025-10-26-200001").players} == {0}


def test_corpus_across_midnight(reading: Reading) -> None:
    row = round_of(reading, "2025-10-20-000043")
    assert reading.partner[row["file"]].startswith("2025-10-19-235307")
    assert row["session_id"] == round_of(reading, "2025-10-19-235307")["session_id"]


def test_corpus_abandoned(reading: Reading) -> None:
    row = round_of(reading, "2025-10-17-202140")
    assert (row["status"], row["valid"]) == ("abandoned", False)
    assert reading.partner["2025-10-17-204311-supply-round-2.txt"].startswith("2025-10-17-203425")


def test_corpus_old_layout(reading: Reading) -> None:
    rows = sorted(rows_of(reading, "2024-04-16-220731"), key=lambda row: -row["kills"])
    # The one the spec names is the second by kills.
    assert [(row["kills"], row["multi2"]) for row in rows] == [(21, 2), (19, 1), (13, 0), (11, 0), (9, 0), (7, 0)]
    for missing in ("denied_playtime", "useless_kills", "full_selfkills", "repairs", "revives_given"):
        assert {row[missing] for row in rows} == {None}


def test_corpus_surrender(reading: Reading) -> None:
    row = round_of(reading, "2025-10-12-225242")
    assert raw_of(reading, "2025-10-12-225242").next_limit == 720
    assert (row["outcome"], row["seconds"]) == ("held", 390)


def test_corpus_sessions(reading: Reading) -> None:
    october = [session for session in reading.sessions if session["started_at"] >= "2025-10-17"]
    assert [(session["started_at"][5:10], session["rounds"]) for session in october] == [
        ("10-17", 5),
        ("10-17", 5),
        ("10-19", 24),
        ("10-20", 18),
        ("10-21", 16),
        ("10-22", 16),
        ("10-23", 18),
        ("10-24", 4),
        ("10-25", 4),
        ("10-26", 7),
        ("10-26", 8),
        ("10-27", 16),
    ]
    assert Counter(file[:10] for file in october[2]["files"]) == {"2025-10-19": 23, "2025-10-20": 1}
    assert len(reading.sessions) == 35


def test_corpus_pairs(reading: Reading) -> None:
    """The two extra proofs of stats-files.md §2 hold for every pair: the time to beat, and swapped sides."""
    for second_file, first_file in reading.partner.items():
        first, second = reading.raw[first_file], reading.raw[second_file]
        assert first.next_limit == second.limit
        sides = {player.key: player.team for player in first.players}
        for player in second.players:
            assert player.team == 3 or sides.get(player.key, 3 - player.team) == 3 - player.team


def test_corpus_spectators(reading: Reading) -> None:
    """The three rows of spectators are of players who left after round 1: no row in round 2."""
    spectators = {
        (file[:17], player.guid) for file, raw in reading.raw.items() for player in raw.players if player.team == 3
    }
    assert Counter(file for file, _ in spectators) == {"2025-10-23-221355": 2, "2025-10-25-161002": 1}
    assert not spectators & {(row["file"][:17], row["guid"]) for row in reading.player_rounds}
    aside = set()
    for second_file, first_file in reading.partner.items():
        first = {player.key: player for player in reading.raw[first_file].players}
        for player in reading.raw[second_file].players:
            if player.key in first and stood_aside(player, first[player.key]):
                aside.add((second_file[:17], player.guid))
    assert aside == spectators


def test_corpus_rounds_deltas(reading: Reading) -> None:
    deltas: Counter[int | None] = Counter()
    for second_file, first_file in reading.partner.items():
        first = {player.key: player.rounds for player in reading.raw[first_file].players}
        for player in reading.raw[second_file].players:
            deltas[player.rounds - first[player.key] if player.key in first else None] += 1
    assert deltas == {1: 611, 0: 1, None: 1}


def test_corpus_zero_sums(reading: Reading) -> None:
    """The spec's four sums hold in every round of the corpus, in the orphans as sums of both rounds too."""
    assert [row["file"] for row in reading.rounds if row["flags"]] == []
    # As the files stand, without subtraction, one breaks: whoever reconnected has round 2 only, the others both rounds.
    broken = {file: zero_sum_flags([as_is(player) for player in raw.players]) for file, raw in reading.raw.items()}
    assert {file[:17]: flags for file, flags in broken.items() if flags} == {
        "2025-10-26-203013": ["zero_sum:damage", "zero_sum:kills", "zero_sum:team_damage"]
    }


def test_corpus_zero_sum_between_sides(reading: Reading) -> None:
    """Stronger than the spec: what one side gave the other took, weapon by weapon for kills."""
    for one in reading.rounds:
        rows = [row for row in reading.player_rounds if row["file"] == one["file"]]

        def total(field: str, side: str, rows: list[Row] = rows) -> int:
            return sum(row[field] for row in rows if row["side"] == side)

        for side, other in (("axis", "allies"), ("allies", "axis")):
            assert total("damage_given", side) == total("damage_received", other)
            assert total("kills", side) == total("deaths", other)
            assert total("team_damage_given", side) == total("team_damage_received", side)
            if rows and rows[0]["revives_given"] is not None:
                assert total("revives_given", side) == total("times_revived", side)
    kills: Counter[tuple[str, str]] = Counter()
    for weapon in reading.weapon_rounds:
        kills[weapon["file"], weapon["weapon"]] += weapon["kills"] - weapon["deaths"]
    assert not any(kills.values())


def test_corpus_differences_are_positive_but_for_the_knife(reading: Reading) -> None:
    drops: Counter[tuple[str, str]] = Counter()
    for second_file, first_file in reading.partner.items():
        first = {player.key: player for player in reading.raw[first_file].players}
        for player in reading.raw[second_file].players:
            before = first.get(player.key)
            if before is None or player.rounds - before.rounds != 1:
                continue
            for field in (*CUMULATIVE, "time_played_min"):
                assert player.tab[field] >= before.tab[field]
            for index, block in before.weapons.items():
                after = player.weapons.get(index, (0, 0, 0, 0, 0))
                for counter, now, then in zip(WEAPON_COUNTERS, after, block, strict=True):
                    drops[WEAPONS[index], counter] += now < then
    assert +drops == {("KNIFE", "shots"): 54}


def test_corpus_is_read_the_same_from_either_line_end(corpus: Path, tmp_path: Path) -> None:
    for path in corpus.glob("2025-10-17-*-round-*.txt"):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        for name, data in (("lf", text), ("crlf", text.replace(b"\n", b"\r\n"))):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / path.name).write_bytes(data)
    one, other = read_folder(tmp_path / "lf"), read_folder(tmp_path / "crlf")
    assert (one.player_rounds, one.rounds) == (other.player_rounds, other.rounds)


def test_corpus_companion_is_no_round_file(corpus: Path) -> None:
    (companion,) = corpus.glob("*-endstats.txt")
    with pytest.raises(ValueError, match="not a round file"):
        parse_file(companion)
