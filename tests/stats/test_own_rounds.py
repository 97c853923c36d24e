"""A player round by round, against what really happened to him."""

from collections.abc import Callable
from statistics import fmean, median, stdev

import pytest

from muster.stats.metrics import value
from muster.stats.own_rounds import OwnRound, bests, spread, steadiness
from muster.stats.source import UnknownPlayer
from muster.stats.values import EVERYTHING, Gates, Scope
from tests.stats.asking import asked
from tests.stats.truth import Line, Truth

GATES = Gates(5, 5, 100)


def dpm_of(line: Line) -> float | None:
    """Damage per minute of a round of more than a minute, to a tenth."""
    seconds = line.seconds
    return None if seconds is None or seconds <= 60 else round(line["damage_given"] * 600 / seconds) / 10


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(map="supply")])
async def test_best_rounds(db_url: str, months: Truth, scope: Scope) -> None:
    key = months.busiest[0]
    lines = [line for line in months.of(key) if scope.map in (None, line.map)]
    told: dict[str, Callable[[Line], float | None]] = {
        "kills": lambda line: line["kills"],
        "dpm": dpm_of,
        "damage_given": lambda line: line["damage_given"],
        "killing_spree": lambda line: line["killing_spree"],
        "headshots": lambda line: line["headshots"],
        "revives_given": lambda line: line["revives_given"],
    }
    async with asked(db_url, months.folder) as reader:
        found = {best.what: best for best in await bests(reader, key, scope)}
    for what, of in told.items():
        known = [(shown, line.round["file"]) for line in lines if (shown := of(line)) is not None]
        highest = max(shown for shown, _ in known)
        if not highest:
            assert what not in found
            continue
        assert found[what].value == highest
        assert found[what].head.file == [file for shown, file in known if shown == highest][-1]


async def test_how_much_somebody_varies(db_url: str, months: Truth) -> None:
    key = months.busiest[0]
    lines = months.of(key)
    dpm = [shown for line in lines if (shown := dpm_of(line)) is not None]
    async with asked(db_url, months.folder) as reader:
        found = await steadiness(reader, key, gates=GATES)
    assert found.totals.rounds == len(lines)
    assert found.rounds == found.totals.dpm_rounds == len(dpm)
    assert found.mean == pytest.approx(fmean(dpm))
    assert found.deviation == pytest.approx(stdev(dpm))
    consistency = 100 * (1 - stdev(dpm) / fmean(dpm))
    assert found.standing.value == value("consistency", found.totals) == pytest.approx(max(consistency, 0))
    assert found.standing.rank is not None
    assert found.best is not None
    assert found.worst is not None
    assert (found.best.value, found.worst.value) == (max(dpm), min(dpm))
    of_dpm = next(one for one in found.spreads if one.metric == "dpm")
    assert (of_dpm.least, of_dpm.median, of_dpm.greatest) == pytest.approx((min(dpm), median(dpm), max(dpm)))
    assert of_dpm.quarter <= of_dpm.median <= of_dpm.three_quarters


async def test_nobody_and_nothing(sqlite_url: str, week: Truth) -> None:
    async with asked(sqlite_url, week.folder) as reader:
        for question in (bests, steadiness):
            with pytest.raises(UnknownPlayer):
                await question(reader, "FFFFFFFF")
        nowhere = Scope(map="nowhere")
        assert await bests(reader, week.busiest[0], nowhere) == ()
        found = await steadiness(reader, week.busiest[0], nowhere)
        assert (found.rounds, found.mean, found.deviation, found.spreads, found.best) == (0, None, None, (), None)


def own(**fields: int | None) -> OwnRound:
    usual = dict.fromkeys(OwnRound.__struct_fields__, 0) | {"seconds": 600, "aimed_shots": 100} | fields
    return OwnRound(**usual)  # type: ignore[arg-type]


def test_short_rounds_and_few_shots_say_nothing() -> None:
    assert own(seconds=60, damage_given=100).dpm is None
    assert own(seconds=61, damage_given=61).dpm == 60.0
    assert own(seconds=None).kd is None
    assert own(kills=3).kd == 3
    assert own(aimed_shots=49, aimed_hits=20).accuracy is None
    assert own(aimed_shots=50, aimed_hits=20).accuracy == 40
    assert spread("dpm", [own(damage_given=10), own(seconds=10)]) is None
