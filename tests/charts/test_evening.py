"""What the session picture says: who is shown, in which order, in which words and colours."""

from msgspec.structs import replace

from muster.charts import evening, style
from muster.stats.values import MapShare, SessionOverview, SessionPlayer, Totals
from tests.charts.made_up import empty, overview


def with_players(base: SessionOverview, *players: SessionPlayer) -> SessionOverview:
    return replace(base, players=players)


def test_the_headline() -> None:
    assert evening.headline(overview(6, 4)) == "Sun 12 Oct 2025  ·  1 h 19 min  ·  8 rounds  ·  6 players"


def test_players_stand_by_their_ratio() -> None:
    bars = evening.kd_bars(overview(12))
    values = [bar.value or 0 for bar in bars.rows]
    assert len(values) == 12
    assert values == sorted(values, reverse=True)
    assert bars.more == ""
    assert bars.full == values[0]


def test_a_row_tells_the_ratio_and_what_it_is_made_of() -> None:
    base = overview(1, 1)
    player = replace(base.players[0], kd=1.5, accuracy=38.25, headshot_rate=None, totals=Totals(kills=12, deaths=8))
    told = with_players(base, player)
    assert [(bar.shown, bar.detail) for bar in evening.kd_bars(told).rows] == [("1.50", "12 / 8")]
    assert [(bar.shown, bar.detail) for bar in evening.accuracy_bars(told).rows] == [("38.2%", "–")]


def test_the_unknown_is_last_and_a_dash() -> None:
    base = overview(3)
    first, second, third = base.players
    told = with_players(base, replace(first, accuracy=None), replace(second, accuracy=0.0), third)
    rows = evening.accuracy_bars(told).rows
    assert [bar.shown for bar in rows][1:] == ["0.0%", "–"]
    assert rows[-1].value is None


def test_of_many_players_those_with_most_kills_are_shown() -> None:
    told = overview(40)
    bars = evening.kd_bars(told)
    assert len(bars.rows) == evening.MOST_PLAYERS - 1
    assert bars.more == "+29 more with fewer kills"
    shown = {bar.label for bar in bars.rows}
    fewest = min(p.totals.kills for p in told.players if p.player.name in shown)
    assert all(p.totals.kills <= fewest for p in told.players if p.player.name not in shown)
    assert {bar.label for bar in evening.accuracy_bars(told).rows} == shown


def test_twelve_players_are_not_many() -> None:
    assert len(evening.shown_players(overview(evening.MOST_PLAYERS))) == evening.MOST_PLAYERS


def test_one_far_above_the_others_does_not_hide_them() -> None:
    base = overview(5)
    lucky, *others = base.players
    told = with_players(base, replace(lucky, kd=40.0), *(replace(p, kd=1.0) for p in others))
    assert evening.kd_bars(told).full == 3.0


def test_nobody_with_a_kill_still_makes_rows() -> None:
    base = overview(2)
    told = with_players(base, *(replace(p, kd=0.0) for p in base.players))
    assert evening.kd_bars(told).full == 0
    assert len(evening.kd_bars(told).rows) == 2


def test_players_wear_the_colour_of_their_team() -> None:
    told = overview(4)
    colours = evening.colours(told)
    assert [colours[p.key] for p in told.match_ups[0].team_a] == [style.SKY] * 2
    assert [colours[p.key] for p in told.match_ups[0].team_b] == [style.ORANGE] * 2


def test_the_match_up_with_most_matches_gives_the_colours() -> None:
    told = overview(4, 6, match_ups=2)
    short, long = told.match_ups
    told = replace(told, match_ups=(replace(short, matches=1), replace(long, matches=5)))
    assert evening.main_match_up(told) == told.match_ups[1]
    guest = replace(told.players[0], stints=told.players[0].stints[:1])
    assert evening.colours(with_players(told, guest)) == {guest.player.key: style.GREY}


def test_weapons_by_kills_those_without_left_out() -> None:
    told = overview(6)
    bars = evening.weapon_bars(told, 20)
    assert [bar.label for bar in bars.rows][:3] == ["Thompson", "MP40", "Grenade"]
    assert "Syringe" not in [bar.label for bar in bars.rows]
    assert [(bar.shown, bar.detail) for bar in bars.rows][1:3] == [("210", "32.3%"), ("140", "–")]
    limited = evening.weapon_bars(told, 6)
    assert (len(limited.rows), limited.more) == (5, "+7 more")


def test_maps_by_time() -> None:
    shares = (MapShare("supply", 2, 600.0, 90), MapShare("te_escape2", 1, 2400.0, 80))
    bars = evening.map_bars(replace(overview(2, 1), maps=shares), 6)
    assert [(bar.label, bar.shown, bar.detail) for bar in bars.rows] == [
        ("escape2", "40 min", "1 round"),
        ("supply", "10 min", "2 rounds"),
    ]
    assert bars.full == 2400


def test_the_note_of_the_teams() -> None:
    (one,) = overview(6).match_ups
    one = replace(one, maps_won_a=5, maps_won_b=3, maps_drawn=0)
    assert evening.teams_note([one]) == "maps won 5 : 3"
    assert evening.teams_note([replace(one, maps_drawn=2)]) == "maps won 5 : 3, 2 drawn"
    assert evening.teams_note([one, one]) == "2 match-ups"
    assert evening.teams_note([one] * 5) == "the first 3 of 5 match-ups"
    assert evening.teams_note([replace(one, matches=0)]) == "no map played both ways yet"
    assert evening.teams_note([]) == ""


def test_scores_are_those_of_the_match_ups() -> None:
    told = overview(4, 6, match_ups=2)
    assert evening.scores(told) == tuple((m.score_a, m.score_b) for m in told.match_ups)


def test_no_score_before_a_map_was_played_both_ways() -> None:
    told = overview(4, 1)
    assert evening.scores(replace(told, match_ups=(replace(told.match_ups[0], matches=0),))) == ()
    assert evening.scores(empty()) == ()


def test_tiles_span_the_rounds_of_a_map() -> None:
    told = overview(4, 3)
    scores = [(2, 0), (0, 2), (1, 1)]
    played = [replace(m, score_a=a, score_b=b) for m, (a, b) in zip(told.played, scores, strict=True)]
    tiles = evening.tiles(replace(told, played=tuple(played)))
    assert [(t.label, t.first, t.count, t.score, t.colour) for t in tiles] == [
        ("supply", 0, 2, "2 : 0", style.SKY),
        ("adlernest", 2, 2, "0 : 2", style.ORANGE),
        ("escape2", 4, 2, "1 : 1", style.GREY),
    ]


def test_a_round_without_a_match_has_a_tile_without_a_score() -> None:
    told = overview(4, 1)
    alone = [replace(p, head=replace(p.head, match_id=None)) for p in told.trend]
    tiles = evening.tiles(replace(told, trend=tuple(alone)))
    assert [(t.first, t.count, t.score) for t in tiles] == [(0, 1, ""), (1, 1, "")]


def test_the_most_valuable_player_has_the_line() -> None:
    told = overview(6, 2)
    best = evening.best_line(told)
    assert best is not None
    assert best.label == f"MVP {told.awards[0].player.name}"
    assert len(best.values) == len(told.trend)


def test_without_the_award_the_first_by_dpm_has_the_line() -> None:
    told = replace(overview(6, 2), awards=())
    best = evening.best_line(told)
    assert best is not None
    assert best.label == told.players[0].player.name


def test_rounds_without_him_are_gaps() -> None:
    told = overview(6, 1)
    first, second = told.trend
    told = replace(told, trend=(replace(first, players=()), second))
    best = evening.best_line(told)
    assert best is not None
    assert best.values[0] is None


def test_a_single_player_has_no_line_of_his_own() -> None:
    assert evening.best_line(overview(1)) is None
    assert evening.best_line(empty()) is None


def test_an_evening_without_anything() -> None:
    told = empty()
    assert evening.kd_bars(told).rows == evening.weapon_bars(told, 6).rows == evening.map_bars(told, 6).rows == ()
    assert evening.tiles(told) == ()
    assert evening.main_match_up(told) is None
