"""The reader of round files: what it takes, what it refuses, and how it says why."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.model.fields import FIELDS, KEPT, POSITION, WEAPONS
from muster.model.rounds import PlayerLine, RoundFile, Status
from muster.rounds.derive import derive
from muster.rounds.filename import read_name
from muster.rounds.parse import LARGEST_FILE, Rejected, content_hash, normalise, parse
from tests import oracle
from tests.building import content, guid, named, parsed, player, read, six

WHERE = re.compile(r"line \d+, field [a-z_]+\d?( \d+)?: ")


def field(line: PlayerLine, name: str) -> int | float | None:
    return line.fields[POSITION[name]]


def refusal(data: bytes) -> Rejected | None:
    """Why a content is not taken, None where it is."""
    try:
        read(data)
    except Rejected as error:
        return error
    return None


def only(file: RoundFile) -> PlayerLine:
    (line,) = file.players
    return line


# ------------------------------------------------------------------------------------------------------------ header


def test_header() -> None:
    header = parsed(server="^a#^7drydock", config="legacy6", defender=2, winner=1, next_limit="9:05").header
    assert (header.server, header.map, header.config, header.round) == ("^a#^7drydock", "supply", "legacy6", 1)
    assert (header.defender, header.winner) == (2, 1)
    assert (header.timelimit, header.next_timelimit, header.playtime) == (720.0, 545.0, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12:00", 720), ("0:00", 0), ("71:05", 4265), ("20.00", 1200), ("7.5", 450), ("12", 720), ("3:04.5", 184.5)],
)
def test_clocks_are_minutes_and_seconds_or_decimal_minutes(text: str, seconds: float) -> None:
    header = parsed(limit=text, next_limit=text).header
    assert (header.timelimit, header.next_timelimit) == (seconds, seconds)


@pytest.mark.parametrize("text", ["-1:50", "-0.5", "-12"])
def test_a_clock_below_zero_is_unknown(text: str) -> None:
    """A server that calculates the next limit may come out there; the round is sound all the same."""
    header = parsed(limit=text, next_limit=text).header
    assert (header.timelimit, header.next_timelimit) == (None, None)


def test_a_knife_may_have_less_than_no_shots() -> None:
    """The engine takes a shot back, where there may be none."""
    assert parsed(player(weapons={0: (0, -1, 2, 0, 0), 4: (1, 9, 1, 1, 0)})).players[0].weapons == (
        (0, 0, 0, 2, 0, 0),
        (4, 1, 9, 1, 1, 0),
    )
    for weapons in ({0: (-1, 1, 0, 0, 0)}, {0: (0, 1, -1, 0, 0)}, {0: (0, 1, 0, 0, 0), 1: (0, -1, 0, 0, 0)}):
        with pytest.raises(Rejected, match="'-1' is not a whole number"):
            parsed(player(weapons=weapons))


@pytest.mark.parametrize("text", ["nan", "-nan", "inf", "-inf"])
@pytest.mark.parametrize("fields", [32, 38])
def test_a_server_may_divide_by_nothing_where_it_does_not_matter(text: str, fields: int) -> None:
    """Damage a minute of somebody without a minute. What is counted must be a number."""
    assert field(parsed(player(fields=fields, dpm=text, xp=7)).players[0], "xp") == 7
    with pytest.raises(Rejected, match=r"field gibs: .* is not a number"):
        parsed(player(fields=fields, dpm=text, gibs=text))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("432", 432.0),
        ("432.519", 432.519),
        ("10000", 10000.0),
        ("10001", 10.001),
        ("432519", 432.519),
        ("432519.25", 432.519),
        ("1", 1.0),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        *((text, None) for text in ("", " ", "0", "-1", "-432519", "nan", "-nan", "inf", "-inf", "0.0", "1e300")),
    ],
)
def test_playtime_is_seconds_or_milliseconds_or_unknown(text: str, seconds: float | None) -> None:
    assert parsed(playtime=text).header.playtime == seconds


def test_more_header_parts_than_known_are_passed_over() -> None:
    assert parsed(playtime="432\\what\\comes").header.playtime == 432.0


def test_a_winner_may_be_nobody() -> None:
    assert parsed(winner=0).header.winner == 0


def test_a_header_alone_is_a_round_without_players() -> None:
    for data in (content(1), content(1).rstrip(b"\n"), content(1) + b"\n\n"):
        assert read(data).players == ()


# ------------------------------------------------------------------------------------------------------- player lines


def test_player_line() -> None:
    weapons = {0: (1, 2, 3, 4, 0), 4: (10, 40, 5, 6, 7), 27: (0, 9, 0, 0, 0)}
    line = only(parsed(player("0123abcd", name="^1x ^^7y", rounds=3, side=2, weapons=weapons, damage_given=1234)))
    assert (line.key, line.guid, line.name, line.rounds, line.side) == ("0123ABCD", "0123ABCD", "^1x ^^7y", 3, 2)
    assert line.weapons == tuple((at, *block) for at, block in weapons.items())
    assert field(line, "damage_given") == 1234
    assert line.minutes_tenths == 100


def test_every_weapon_has_its_bit() -> None:
    line = only(parsed(player(weapons={at: (at, 2 * at, 1, 0, 0) for at in range(len(WEAPONS))})))
    assert line.weapons == tuple((at, at, 2 * at, 1, 0, 0) for at in range(len(WEAPONS)))


def test_without_weapons_the_block_is_only_a_mask() -> None:
    assert only(parsed(player(weapons={}))).weapons == ()


@pytest.mark.parametrize("width", [32, 33, 36, 37, 38])
def test_each_layout_has_its_fields_and_the_others_are_unknown(width: int) -> None:
    names = oracle.layout(width)
    values = {name: at + 1 for at, name in enumerate(names)}
    file = parsed(player(fields=width, **values))  # type: ignore[arg-type]
    assert {one.name: file.players[0].fields[at] for at, one in enumerate(FIELDS)} == {
        name: values.get(name) for name in oracle.TAB_FIELDS
    }
    assert not file.extra_fields


def test_the_oldest_layout_has_no_tab_no_minutes_and_no_denied() -> None:
    text = player(fields=32, weapons={4: (1, 2, 3, 4, 5)}, multi6=7)
    assert "\t" not in text
    line = only(parsed(text))
    assert line.weapons == ((4, 1, 2, 3, 4, 5),)
    assert (line.minutes_tenths, field(line, "denied_playtime"), field(line, "multi6")) == (None, None, 7)


@pytest.mark.parametrize("extra", [("1",), ("0", "-7", "2.5"), ("",)])
def test_of_longer_lines_the_first_38_are_kept_and_the_rest_is_noted(extra: tuple[str, ...]) -> None:
    file = parsed(player(revives_given=4, extra=extra))
    assert field(only(file), "revives_given") == 4
    assert file.extra_fields


def test_a_number_may_be_decimal_where_a_field_is() -> None:
    line = only(parsed(player(time_played_pct="87.65", time_dead_min="0.3", kd="1.67", xp="-12")))
    assert [field(line, name) for name in ("time_played_pct", "time_dead_min", "kd", "xp")] == [87.65, 0.3, 1.67, -12]


def test_a_spectator_stays_in_the_file() -> None:
    assert only(parsed(player(side=3))).side == 3


@pytest.mark.parametrize("name", ["", " ", "^1", "a|b", "x" * 36, "\u202e", "\t", "名無し", "a\rb", "__init__", "'--"])
def test_a_name_may_be_nearly_anything(name: str) -> None:
    assert only(parsed(player(name=name))).name == name


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    text = content(1, player(name="NAME"))
    for name, shown in ((b"\xe9a\xff", "\ufffda\ufffd"), (b"\xed\xa0\x80", "\ufffd" * 3), (b"a\0b", "a\ufffdb")):
        assert only(read(text.replace(b"NAME", name))).name == shown


def test_blank_lines_are_nothing() -> None:
    data = content(1, "", player(), "", player("AAAAAAA2"), "")
    assert [line.guid for line in read(data).players] == ["AAAAAAA1", "AAAAAAA2"]


def test_crlf_is_lf() -> None:
    data = content(1, *six())
    crlf = data.replace(b"\n", b"\r\n")
    assert read(crlf) == read(data)
    assert content_hash(normalise(crlf)) == content_hash(normalise(data))


def test_the_last_line_needs_no_end() -> None:
    data = content(1, *six())
    assert read(data.rstrip(b"\n")) == read(data)


# --------------------------------------------------------------------------------------------------------------- bots


def test_bots_share_a_guid_and_are_told_apart_by_name() -> None:
    file = parsed(player("OMNIBOT0", name="^1[BOT]Cog"), player("OMNIBOT1", name="[BOT]Bolt"))
    assert [(line.key, line.guid, line.is_bot) for line in file.players] == [
        ("OMNIBOT0:[BOT]Cog", "OMNIBOT0", True),
        ("OMNIBOT0:[BOT]Bolt", "OMNIBOT0", True),
    ]


def test_bots_of_one_name_are_numbered_by_what_they_did() -> None:
    bots = [player("OMNIBOT0", name="Cog", kills=kills) for kills in (5, 3, 4)]
    numbered = {line.key: line.weapons[0][3] for line in parsed(*bots).players}
    assert numbered == {"OMNIBOT0:Cog": 3, "OMNIBOT0:Cog#2": 4, "OMNIBOT0:Cog#3": 5}
    assert {line.key: line.weapons[0][3] for line in parsed(*bots[::-1]).players} == numbered


@pytest.mark.parametrize("names", [("Cog", "Cog", "Cog#2"), ("Cog#2", "Cog", "^1Cog"), ("A", "A", "A#2", "A#2")])
def test_a_bot_that_is_called_like_a_numbered_one_is_another(names: tuple[str, ...]) -> None:
    bots = [player("OMNIBOT0", name=name, kills=at) for at, name in enumerate(names)]
    assert len({line.key for line in parsed(*bots).players}) == len(names)


# ----------------------------------------------------------------------------------------------------------- refusals

GOOD = player("AAAAAAA1", weapons={4: (10, 40, 2, 1, 1)})
BLOCK = "16 10 40 2 1 1"


def with_value(name: str, value: str) -> str:
    return player(**{name: value})  # type: ignore[arg-type]


def header(**parts: str | int) -> bytes:
    return content(1, GOOD, **parts)  # type: ignore[arg-type]


def lines(*players: str) -> bytes:
    return content(1, *players)


BROKEN: list[tuple[str, bytes, int, str, str]] = [
    # what, content, line, field, what was expected or found
    ("round of words", content(1).replace(b"\\1\\1\\2\\", b"\\one\\1\\2\\"), 1, "round", "small whole number"),
    ("round 3", content(3), 1, "round", "neither 1 nor 2"),
    ("another round", content(2), 1, "round", "the file name says 1"),
    ("another map", header(map_="oasis"), 1, "map", "the file name says 'supply'"),
    ("no map", header(map_=""), 1, "map", "the file name says 'supply'"),
    ("defender 3", header(defender=3), 1, "defender", "neither 1 (Axis) nor 2 (Allies)"),
    ("defender -1", header(defender=-1), 1, "defender", "small whole number"),
    ("defender 0", header(defender=0), 1, "defender", "neither 1 (Axis) nor 2 (Allies)"),
    ("winner 3", header(winner=3), 1, "winner", "none of 0 (none), 1 (Axis), 2 (Allies)"),
    ("winner ٢", header().replace(b"\\1\\2\\12", "\\1\\٢\\12".encode()), 1, "winner", "small whole number"),
    ("huge winner", header(winner=10**9), 1, "winner", "small whole number"),
    *(
        (f"clock {clock!r}", header(limit=clock), 1, "timelimit", "neither M:SS nor minutes")
        for clock in ("", "12:", ":30", "12:00:00", "1_2:00", "--1:00", "١٢:00", "nan", "1e3", "123456:00", "12 :00")
    ),
    ("next clock", header(next_limit="soon"), 1, "nexttimelimit", "neither M:SS nor minutes"),
    *(
        (f"playtime {text!r}", header(playtime=text), 1, "playtime", "not a number")
        for text in ("soon", "0x10", "1 2", "12:00")
    ),
    ("short GUID", lines(GOOD.replace("AAAAAAA1", "AAAAAAA")), 2, "guid", "first 8 hex digits"),
    ("GUID of words", lines(GOOD, GOOD.replace("AAAAAAA1", "PLAYER01")), 3, "guid", "first 8 hex digits"),
    ("GUID in other digits", lines(GOOD.replace("AAAAAAA1", "AAAAAAA١")), 2, "guid", "first 8 hex digits"),
    ("rounds of words", lines(GOOD.replace("\\0\\1\\", "\\x\\1\\")), 2, "rounds", "not a number of rounds"),
    ("rounds negative", lines(player(rounds=-1)), 2, "rounds", "not a number of rounds"),
    ("rounds beyond all", lines(player(rounds=10**6)), 2, "rounds", "not a number of rounds"),
    ("side 0", lines(player(side=0)), 2, "team", "none of 1 (Axis), 2 (Allies), 3 (spectator)"),
    ("side 4", lines(GOOD, player("AAAAAAA2", side=4)), 3, "team", "none of 1 (Axis), 2 (Allies), 3 (spectator)"),
    ("side with space", lines(GOOD.replace("\\0\\1\\", "\\0\\1 \\")), 2, "team", "none of 1 (Axis)"),
    ("mask of words", lines(GOOD.replace(BLOCK, "x 10 40 2 1 1")), 2, "mask", "not a bit mask of weapons"),
    ("no mask", lines(GOOD.replace(BLOCK, "")), 2, "mask", "not a bit mask of weapons"),
    ("negative mask", lines(GOOD.replace(BLOCK, "-16 10 40 2 1 1")), 2, "mask", "not a bit mask of weapons"),
    ("mask beyond", lines(GOOD.replace(BLOCK, f"{1 << 28} 1 1 1 1 1")), 2, "mask", "a bit beyond weapon 27"),
    ("huge mask", lines(GOOD.replace(BLOCK, "9" * 99)), 2, "mask", "not a bit mask of weapons"),
    ("block too short", lines(GOOD.replace(BLOCK, "16 10 40 2 1")), 2, "weapons", "asks for 5 numbers, here are 4"),
    ("block too long", lines(GOOD.replace(BLOCK, BLOCK + " 0")), 2, "weapons", "asks for 5 numbers, here are 6"),
    *(
        (f"weapon {text!r}", lines(GOOD.replace(BLOCK, f"16 10 {text} 2 1 1")), 2, "weapons", "not a whole number")
        for text in ("", "x", "-1", "1.5", "1_000", "٣", "nan", "1e5", "+1")
    ),
    ("huge weapon", lines(GOOD.replace(BLOCK, "16 10 2000001 2 1 1")), 2, "weapons", "more than a round can hold"),
    ("endless weapon", lines(GOOD.replace(BLOCK, f"16 10 {'9' * 5000} 2 1 1")), 2, "weapons", "not a whole number"),
    *(
        (f"count {text!r}", lines(with_value("gibs", text)), 2, "gibs", "is not a")
        for text in ("", "x", "1_000", "٣", "nan", "inf", "1e5", "0x1f", "--1", "1.5", "1 2", "+1")
    ),
    *(
        (f"decimal {text!r}", lines(with_value("time_played_min", text)), 2, "time_played_min", "is not a number")
        for text in ("", "x", "1_0.0", "٣.0", "nan", "inf", "-inf", "1e5", "1.2.3", "-", ".", "10,5")
    ),
    ("negative count", lines(with_value("gibs", "-1")), 2, "gibs", "not between 0 and"),
    ("negative minutes", lines(with_value("time_played_min", "-0.1")), 2, "time_played_min", "not between 0 and"),
    ("huge damage", lines(with_value("damage_given", "2000001")), 2, "damage_given", "not between 0 and"),
    ("huge experience", lines(with_value("xp", "-2000001")), 2, "xp", "not between"),
    ("endless damage", lines(with_value("damage_given", "9" * 5000)), 2, "damage_given", "not a whole number"),
    ("oldest, of words", lines(player(fields=32).replace("90.0", "x")), 2, "time_played_pct", "is not a number"),
    *(
        (f"{width} fields", lines(player(fields=38).rsplit("\t", 38 - width)[0]), 2, "extended", "fit no layout")
        for width in (1, 20, 31, 34, 35)
    ),
    ("cut off", lines(GOOD, player("AAAAAAA2", fields=37)), 3, "extended", "37 values where the lines above have 38"),
]


@pytest.mark.parametrize(("data", "line", "name", "expected"), [row[1:] for row in BROKEN], ids=[r[0] for r in BROKEN])
def test_a_refusal_names_line_field_and_what_was_expected(data: bytes, line: int, name: str, expected: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(data)
    assert str(refused.value).startswith(f"line {line}, field {name}: ")
    assert expected in str(refused.value)
    assert (refused.value.line, refused.value.field) == (line, name)


SHAPELESS: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "8 or 9 parts"),
    ("a blank line", b"\n", "8 or 9 parts"),
    ("junk", bytes(range(256)), "8 or 9 parts"),
    ("zeros", b"\0" * 1000, "8 or 9 parts"),
    ("a short header", b"host\\supply\\legacy3\\1\\1\\2\\12:00\n", "8 or 9 parts"),
    ("no header", (GOOD + "\n").encode(), "8 or 9 parts"),
    ("a header that ends in CR CR LF", content(1, GOOD).replace(b"\n", b"\r\r\n", 1), "neither M:SS nor minutes"),
    ("a line of spaces", lines(" "), "5 parts"),
    ("a cut line", lines(GOOD, "AAAAAAA2\\nam"), "5 parts"),
    ("a comment", lines(GOOD, "# end"), "5 parts"),
    ("two lines of a GUID", lines(GOOD, GOOD), "stands on"),
    ("a GUID in both cases", lines(GOOD, GOOD.replace("AAAAAAA1", "aaaaaaa1")), "stands on"),
    ("300 players", lines(*(player(f"AAAAA{n:03X}") for n in range(300))), "players are too many"),
    ("a megabyte", lines(GOOD) + b"x" * LARGEST_FILE, "too many for a round file"),
]


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in SHAPELESS], ids=[row[0] for row in SHAPELESS])
def test_what_is_no_round_file_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(Rejected, match=re.escape(expected)):
        read(data)


@pytest.mark.parametrize("data", [row[1] for row in SHAPELESS[:-1]], ids=[row[0] for row in SHAPELESS[:-1]])
def test_every_refusal_names_a_line_and_a_field(data: bytes) -> None:
    """But for the one of a file too large to be looked into."""
    with pytest.raises(Rejected) as refused:
        read(data)
    assert WHERE.match(str(refused.value)), str(refused.value)


@pytest.mark.parametrize("name", ["kd", "time_played_pct", "tank_meatshield", "time_dead_ratio", "dpm"])
@pytest.mark.parametrize("value", ["9" * 400, "-" + "9" * 400, "-1.0", "999999999999"])
def test_a_ratio_beyond_all_measure_is_refused_or_does_no_harm(name: str, value: str) -> None:
    """400 digits are infinity as a float: nothing behind the reader can work with that."""
    data = lines(with_value(name, value))
    error = refusal(data)
    if error is not None:
        assert error.field == name
        return
    (row,) = derive(read(data), None, Status.SINGLE).rows
    pct = row.kept[KEPT.index("time_played_pct")]
    assert pct is None or 0 <= pct <= 100


def test_a_reason_is_short_enough_to_read() -> None:
    for data in (
        lines(GOOD.replace(BLOCK, f"16 10 {'9' * 4200} 2 1 1")),
        lines(with_value("gibs", "9" * 4200)),
        lines(with_value("gibs", "x" * 4200)),
        lines(GOOD.replace("AAAAAAA1", "A" * 4200)),
        header(limit="1" * 4200),
    ):
        with pytest.raises(Rejected) as refused:
            read(data)
        assert len(str(refused.value)) < 200


def test_256_players_are_a_round() -> None:
    assert len(parsed(*(player(f"AAAAA{n:03X}") for n in range(256))).players) == 256


# ----------------------------------------------------------------------------------------------------- for every input


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    error = refusal(data)
    assert error is None or str(error)


@given(st.lists(st.text(alphabet="0123456789ABCDEF\\ \t\n.:-^", max_size=60), max_size=8))
def test_any_text_behind_a_good_header_is_read_or_refused(texts: list[str]) -> None:
    error = refusal(content(1, *texts))
    assert error is None or error.line is None or error.line > 1


@given(st.permutations(range(8)), st.booleans())
def test_neither_order_nor_line_ends_matter(order: list[int], crlf: bool) -> None:
    bots = [player("OMNIBOT0", name="Cog", kills=n) for n in (2, 1)]
    given_lines = [*six(), *bots]
    data = content(1, *(given_lines[at] for at in order))
    file = read(data.replace(b"\n", b"\r\n") if crlf else data)
    assert set(file.players) == set(parsed(*given_lines).players)


def test_the_name_and_the_content_are_parsed_together() -> None:
    name = read_name(named(map_="etl_ice", number=2))
    assert parse(name, content(2, *six(), map_="etl_ice")).name is name


def test_guids_are_written_in_capitals() -> None:
    assert only(parsed(player(guid(0xAB).lower()))).guid == "AAAAAAAB"
