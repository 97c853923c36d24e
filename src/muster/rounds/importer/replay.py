"""Ratings after matches came, changed or went: carried on from the match before, never guessed."""

from datetime import datetime

from muster.rounds.rating import Contest, Rated, Skill, rate
from muster.store import skills
from muster.store.engine import Writer
from muster.store.skills import RatedMatch


async def replay(writer: Writer, played_at: datetime, match_id: str, appended: bool) -> None:
    """Rates every match from this one on, in the order they were played. `appended`: none went or changed."""
    matches = [match async for match in skills.matches_from(writer, played_at, match_id)]
    newest = appended and await skills.is_latest(writer, played_at, match_id)
    if newest:
        state = await skills.current(writer, {player for m in matches for player in (*m.team_a, *m.team_b)})
    else:
        state = await skills.state_before(writer, played_at, match_id)
    margins: list[tuple[str, float | None]] = []
    after: list[tuple[str, int, float, float]] = []
    for match in matches:
        if not match.team_a or not match.team_b:
            margins.append((match.match_id, None))
            continue
        rated = _rate(match, state)
        margins.append((match.match_id, rated.margin))
        for key, skill in rated.after.items():
            player = int(key)
            count = state[player][2] if player in state else 0
            state[player] = (skill.mu, skill.sigma, count + 1)
            after.append((match.match_id, player, skill.mu, skill.sigma))
    await skills.store_ratings(writer, margins, after)
    await skills.replace_current(writer, state, everyone=not newest)


def _rate(match: RatedMatch, state: dict[int, tuple[float, float, int]]) -> Rated:
    contest = Contest(
        match_id=match.match_id,
        team_a=tuple(str(player) for player in match.team_a),
        team_b=tuple(str(player) for player in match.team_b),
        score_a=match.score_a,
        score_b=match.score_b,
    )
    known = {str(p): Skill(*state[p][:2]) for p in (*match.team_a, *match.team_b) if p in state}
    return rate(contest, known)
