"""The ``-endstats.txt`` beside a round: awards, then who killed whom."""

from .arsenal import GUNS, HEADSHOTS, HITS, SHOTS
from .battle import Fighter
from .played import Played

GIVEN, RECEIVED, SELF_KILLS, SPREE, SLUMP, ASSISTS, DENIED = 0, 1, 5, 10, 11, 12, 28


def endstats(played: Played) -> bytes:
    """TAB separated, names without colours; newer servers name each block's owner."""
    lines = [*_awards(played.fighters)]
    for fighter in played.fighters:
        if played.night.layout >= 38:
            lines.append(f"VS_HEADER\t{fighter.alias.clean}\t{long_guid(fighter)}")
        for enemy in played.fighters:
            won, lost = fighter.slain.count(enemy), enemy.slain.count(fighter)
            if won or lost:
                lines.append(f"{enemy.alias.clean}\t{won}\t{lost}")
    lines.append("")
    return ("\r\n" if played.crlf else "\n").join(lines).encode()


def long_guid(fighter: Fighter) -> str:
    """32 hex characters that begin with the file's eight."""
    guid = fighter.person.guid
    return guid + "".join(reversed(guid)) * 3


def _awards(fighters: list[Fighter]) -> list[str]:
    if not fighters:
        return []

    def most(title: str, values: list[float], text: str = "{:.0f}") -> str:
        best = max(range(len(values)), key=values.__getitem__)
        return f"{title}\t{fighters[best].alias.clean}\t{text.format(values[best])}"

    def field(title: str, place: int, text: str = "{:.0f}") -> str:
        return most(title, [f.fields[place] for f in fighters], text)

    guns = [_guns(f) for f in fighters]
    spree = field("Longest killing spree", SPREE)
    return [
        field("Most damage given", GIVEN),
        field("Most damage received", RECEIVED),
        field("Most selfkills", SELF_KILLS),
        most("Most deaths", [f.deaths for f in fighters]),
        most("Most kills per minute", [len(f.slain) * 60 / f.seconds for f in fighters], "{:.2f}"),
        most("Most revives", [f.revives for f in fighters]),
        spree,
        field("Longest death spree", SLUMP),
        field("Most kill assists", ASSISTS),
        spree,
        field("Most playtime denied", DENIED, "{:.0f} seconds"),
        most("Highest light weapons accuracy", [100 * h / s if s else 0.0 for h, s, _ in guns], "{:.2f} percent"),
        most("Most headshots", [heads for _, _, heads in guns]),
        most("Most bullets fired", [shots for _, shots, _ in guns]),
    ]


def _guns(fighter: Fighter) -> tuple[int, int, int]:
    rows = [row for weapon, row in fighter.weapons.items() if weapon in GUNS]
    return sum(row[HITS] for row in rows), sum(row[SHOTS] for row in rows), sum(row[HEADSHOTS] for row in rows)
