"""Files, rounds and what is derived from them."""

from typing import Any, Final

import sqlalchemy as sa

from muster.model.fields import FIELDS, KEPT, POSITION
from muster.store.measures import MEASURES
from muster.store.schema.base import Name, UtcTime, metadata, plain_id


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _kept(name: str) -> "sa.Column[Any]":
    kind: sa.types.TypeEngine[Any] = sa.Double() if FIELDS[POSITION[name]].decimal else sa.Integer()
    return sa.Column(name, kind)


servers = sa.Table(
    "servers",
    metadata,
    plain_id(),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("timezone", Name, nullable=False),
)

players = sa.Table(
    "players",
    metadata,
    plain_id(),
    sa.Column("key", Name, nullable=False, unique=True, comment="GUID; a bot's GUID and name"),
    sa.Column("guid", Name, nullable=False),
    sa.Column("is_bot", sa.Boolean, nullable=False),
    sa.Column("name", Name, nullable=False, comment="latest name, without colours"),
)

player_aliases = sa.Table(
    "player_aliases",
    metadata,
    sa.Column("player_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", Name, primary_key=True),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.Column("rounds", sa.Integer, nullable=False),
)

processed_files = sa.Table(
    "processed_files",
    metadata,
    plain_id(),
    sa.Column("server", Name, nullable=False),
    sa.Column("filename", Name, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False, comment="of the content with LF line ends"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("players", sa.Integer, comment="player lines; NULL where the file could not be read"),
    sa.Column("status", Name, nullable=False),
    sa.Column("reason", Name),
    sa.Column("processed_at", UtcTime, nullable=False),
    sa.UniqueConstraint("filename", "server", "sha256"),
    sa.Index("processed_files_sha256", "sha256"),
    sa.Index("processed_files_status", "status"),
)

raw_files = sa.Table(
    "raw_files",
    metadata,
    sa.Column("file_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="zlib, LF line ends"),
)

rounds = sa.Table(
    "rounds",
    metadata,
    plain_id(),
    sa.Column("file_id", sa.Integer, nullable=False, unique=True),
    sa.Column("server_id", sa.Integer, nullable=False),
    sa.Column("file", Name, nullable=False),
    sa.Column("played_at", UtcTime, nullable=False, comment="end of the round"),
    sa.Column("day", sa.Integer, nullable=False, comment="YYYYMMDD on the server's clock"),
    sa.Column("map", Name, nullable=False),
    sa.Column("config", Name, nullable=False),
    sa.Column("round", sa.SmallInteger, nullable=False),
    sa.Column("defender", sa.SmallInteger, nullable=False),
    sa.Column("winner", sa.SmallInteger, nullable=False),
    sa.Column("timelimit", sa.Double, comment="seconds"),
    sa.Column("next_timelimit", sa.Double, comment="seconds"),
    sa.Column("roster", Name, nullable=False, comment="keys in the file, one a line"),
    sa.Column("carries", sa.Boolean, nullable=False, comment="some player's counters were not at zero before"),
    sa.Column("players", sa.Integer, nullable=False),
    sa.Column("outcome", Name),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("status", Name, nullable=False),
    sa.Column("valid", sa.Boolean, nullable=False),
    sa.Column("flags", sa.Integer, nullable=False),
    sa.Column("partner", Name, comment="file of the other round of the pair"),
    sa.Column("session_id", Name),
    sa.Column("match_id", Name),
    sa.Column("match_up", sa.SmallInteger, comment="number within the session"),
    sa.Column("axis_team", sa.SmallInteger, comment="team on the Axis side of this round, 1 or 2"),
    sa.Index("rounds_server_played_at", "server_id", "played_at"),
    sa.Index("rounds_played_at", "played_at"),
    sa.Index("rounds_session_id", "session_id"),
    sa.Index("rounds_day", "day"),
)

player_stats = sa.Table(
    "player_stats",
    metadata,
    sa.Column("round_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("player_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", Name, nullable=False, comment="as written, with colours"),
    sa.Column("side", sa.SmallInteger, nullable=False),
    sa.Column("team", sa.SmallInteger),
    sa.Column("confidence", sa.Double, comment="of an inferred team; NULL where the file tells"),
    sa.Column("flags", sa.Integer, nullable=False),
    _count("kills"),
    _count("deaths"),
    _count("headshots"),
    _count("hits"),
    _count("shots"),
    sa.Column("aimed_hits", sa.Integer, nullable=False, comment="with weapons that can score headshots"),
    sa.Column("aimed_shots", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Integer, comment="on a team"),
    *(_kept(name) for name in KEPT),
    sa.Index("player_stats_player", "player_id", "round_id"),
    sqlite_with_rowid=False,
)

weapon_stats = sa.Table(
    "weapon_stats",
    metadata,
    sa.Column("round_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("player_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("weapon", sa.SmallInteger, primary_key=True, autoincrement=False),
    *(_count(name) for name in ("hits", "shots", "kills", "deaths", "headshots")),
    sqlite_with_rowid=False,
)

weapons = sa.Table("weapons", metadata, plain_id(), sa.Column("name", Name, nullable=False, unique=True))

gaming_sessions = sa.Table(
    "gaming_sessions",
    metadata,
    sa.Column("session_id", Name, primary_key=True),
    sa.Column("server_id", sa.Integer, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False, comment="end of the first round"),
    sa.Column("ended_at", UtcTime, nullable=False),
    sa.Column("day", sa.Integer, nullable=False, comment="of the first round, on the server's clock"),
    _count("rounds"),
    _count("matches"),
    _count("players"),
    _count("match_ups"),
    sa.Index("gaming_sessions_server_ended_at", "server_id", "ended_at"),
    sa.Index("gaming_sessions_ended_at", "ended_at"),
    sa.Index("gaming_sessions_day", "day"),
)

matches = sa.Table(
    "matches",
    metadata,
    sa.Column("match_id", Name, primary_key=True),
    sa.Column("session_id", Name, nullable=False),
    sa.Column("match_up", sa.SmallInteger, nullable=False),
    sa.Column("server_id", sa.Integer, nullable=False),
    sa.Column("map", Name, nullable=False),
    sa.Column("played_at", UtcTime, nullable=False, comment="end of round 2"),
    sa.Column("first_file", Name, nullable=False),
    sa.Column("second_file", Name, nullable=False),
    sa.Column("first_seconds", sa.Double, nullable=False),
    sa.Column("second_seconds", sa.Double, nullable=False),
    sa.Column("score_a", sa.SmallInteger, nullable=False),
    sa.Column("score_b", sa.SmallInteger, nullable=False),
    sa.Column("valid", sa.Boolean, nullable=False),
    sa.Column("margin", sa.Double, comment="team A's rating advantage before the match; NULL where not rated"),
    sa.Index("matches_session_id", "session_id"),
    sa.Index("matches_played_at", "played_at", "match_id"),
)

match_players = sa.Table(
    "match_players",
    metadata,
    sa.Column("match_id", Name, primary_key=True),
    sa.Column("player_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("team", sa.SmallInteger, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("both", sa.Boolean, nullable=False, comment="seen on both teams"),
    sa.Column("mu", sa.Double, comment="after the match; NULL where not rated"),
    sa.Column("sigma", sa.Double),
    sa.Index("match_players_player", "player_id"),
)

ratings = sa.Table(
    "ratings",
    metadata,
    sa.Column("player_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mu", sa.Double, nullable=False),
    sa.Column("sigma", sa.Double, nullable=False),
    sa.Column("matches", sa.Integer, nullable=False),
)

ALL_MAPS: Final = ""
ALL_MONTHS: Final = 0

player_rollup = sa.Table(
    "player_rollup",
    metadata,
    sa.Column("map", Name, primary_key=True, comment="'' for all maps"),
    sa.Column("month", sa.Integer, primary_key=True, autoincrement=False, comment="YYYYMM, 0 for all time"),
    sa.Column("player_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("server_id", sa.Integer, primary_key=True, autoincrement=False),
    *(sa.Column(measure.name, sa.BigInteger, nullable=False) for measure in MEASURES),
    sa.Index("player_rollup_player", "player_id", "map", "month"),
    sqlite_with_rowid=False,
)

weapon_rollup = sa.Table(
    "weapon_rollup",
    metadata,
    sa.Column("weapon", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("month", sa.Integer, primary_key=True, autoincrement=False, comment="YYYYMM, 0 for all time"),
    sa.Column("player_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("server_id", sa.Integer, primary_key=True, autoincrement=False),
    *(
        sa.Column(name, sa.BigInteger, nullable=False)
        for name in ("rounds", "hits", "shots", "kills", "deaths", "headshots")
    ),
    sa.Index("weapon_rollup_player", "player_id", "month"),
    sqlite_with_rowid=False,
)

DERIVED: Final = (
    rounds,
    player_stats,
    weapon_stats,
    gaming_sessions,
    matches,
    match_players,
    ratings,
    player_rollup,
    weapon_rollup,
    player_aliases,
)
"""What `rebuild` empties and fills again."""
