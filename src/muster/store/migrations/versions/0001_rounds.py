"""The first schema: files, rounds, players, and all that is derived from them.

A migration is a photograph. It is never changed when the schema moves on; the next one is added instead.
"""

import sqlalchemy as sa
from alembic import op

from muster.store.schema import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_WEAPONS = [
    "KNIFE",
    "KNIFE_KBAR",
    "LUGER",
    "COLT",
    "MP40",
    "THOMPSON",
    "STEN",
    "FG42",
    "PANZERFAUST",
    "BAZOOKA",
    "FLAMETHROWER",
    "GRENADE",
    "MORTAR",
    "MORTAR2",
    "DYNAMITE",
    "AIRSTRIKE",
    "ARTILLERY",
    "SATCHEL",
    "GRENADELAUNCHER",
    "LANDMINE",
    "MG42",
    "BROWNING",
    "CARBINE",
    "KAR98",
    "GARAND",
    "K43",
    "MP34",
    "SYRINGE",
]


def upgrade() -> None:
    """Makes tables, the weapons' names, and the views."""
    _tables()
    weapons = sa.table("weapons", sa.column("id", sa.Integer), sa.column("name", sa.Text))
    op.bulk_insert(weapons, [{"id": i, "name": name} for i, name in enumerate(_WEAPONS)])
    words = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
    for view in _VIEWS:
        op.execute(view.format_map(words))


def _tables() -> None:
    op.create_table(
        "gaming_sessions",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False, comment="end of the first round"),
        sa.Column("ended_at", UtcTime(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False, comment="of the first round, on the server's clock"),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("players", sa.Integer(), nullable=False),
        sa.Column("match_ups", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_index("gaming_sessions_day", "gaming_sessions", ["day"], unique=False)
    op.create_index("gaming_sessions_ended_at", "gaming_sessions", ["ended_at"], unique=False)
    op.create_index("gaming_sessions_server_ended_at", "gaming_sessions", ["server_id", "ended_at"], unique=False)
    op.create_table(
        "match_players",
        sa.Column("match_id", _TEXT, nullable=False),
        sa.Column("player_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("team", sa.SmallInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("both", sa.Boolean(), nullable=False, comment="seen on both teams"),
        sa.Column("mu", sa.Double(), nullable=True, comment="after the match; NULL where not rated"),
        sa.Column("sigma", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("match_id", "player_id"),
    )
    op.create_index("match_players_player", "match_players", ["player_id"], unique=False)
    op.create_table(
        "matches",
        sa.Column("match_id", _TEXT, nullable=False),
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("match_up", sa.SmallInteger(), nullable=False),
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("map", _TEXT, nullable=False),
        sa.Column("played_at", UtcTime(), nullable=False, comment="end of round 2"),
        sa.Column("first_file", _TEXT, nullable=False),
        sa.Column("second_file", _TEXT, nullable=False),
        sa.Column("first_seconds", sa.Double(), nullable=False),
        sa.Column("second_seconds", sa.Double(), nullable=False),
        sa.Column("score_a", sa.SmallInteger(), nullable=False),
        sa.Column("score_b", sa.SmallInteger(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column(
            "margin",
            sa.Double(),
            nullable=True,
            comment="team A's rating advantage before the match; NULL where not rated",
        ),
        sa.PrimaryKeyConstraint("match_id"),
    )
    op.create_index("matches_played_at", "matches", ["played_at", "match_id"], unique=False)
    op.create_index("matches_session_id", "matches", ["session_id"], unique=False)
    op.create_table(
        "player_aliases",
        sa.Column("player_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("last_seen", UtcTime(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("player_id", "name"),
    )
    op.create_table(
        "player_rollup",
        sa.Column("map", _TEXT, nullable=False, comment="'' for all maps"),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False, comment="YYYYMM, 0 for all time"),
        sa.Column("player_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("server_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rounds", sa.BigInteger(), nullable=False),
        sa.Column("rounds_won", sa.BigInteger(), nullable=False),
        sa.Column("rounds_lost", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("timed_damage", sa.BigInteger(), nullable=False),
        sa.Column("alive_seconds", sa.BigInteger(), nullable=False),
        sa.Column("alive_of_seconds", sa.BigInteger(), nullable=False),
        sa.Column("alive_damage", sa.BigInteger(), nullable=False),
        sa.Column("useful_of_kills", sa.BigInteger(), nullable=False),
        sa.Column("denied_playtime", sa.BigInteger(), nullable=False),
        sa.Column("denied_of_seconds", sa.BigInteger(), nullable=False),
        sa.Column("repairs_of_rounds", sa.BigInteger(), nullable=False),
        sa.Column("revives_of_rounds", sa.BigInteger(), nullable=False),
        sa.Column("dpm_rounds", sa.BigInteger(), nullable=False),
        sa.Column("dpm_sum", sa.BigInteger(), nullable=False),
        sa.Column("dpm_squares", sa.BigInteger(), nullable=False),
        sa.Column("kills", sa.BigInteger(), nullable=False),
        sa.Column("deaths", sa.BigInteger(), nullable=False),
        sa.Column("headshots", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("shots", sa.BigInteger(), nullable=False),
        sa.Column("aimed_hits", sa.BigInteger(), nullable=False),
        sa.Column("aimed_shots", sa.BigInteger(), nullable=False),
        sa.Column("damage_given", sa.BigInteger(), nullable=False),
        sa.Column("damage_received", sa.BigInteger(), nullable=False),
        sa.Column("team_damage_given", sa.BigInteger(), nullable=False),
        sa.Column("team_damage_received", sa.BigInteger(), nullable=False),
        sa.Column("gibs", sa.BigInteger(), nullable=False),
        sa.Column("self_kills", sa.BigInteger(), nullable=False),
        sa.Column("team_kills", sa.BigInteger(), nullable=False),
        sa.Column("team_gibs", sa.BigInteger(), nullable=False),
        sa.Column("xp", sa.BigInteger(), nullable=False),
        sa.Column("killing_spree", sa.BigInteger(), nullable=False),
        sa.Column("death_spree", sa.BigInteger(), nullable=False),
        sa.Column("kill_assists", sa.BigInteger(), nullable=False),
        sa.Column("kill_steals", sa.BigInteger(), nullable=False),
        sa.Column("headshot_kills", sa.BigInteger(), nullable=False),
        sa.Column("objectives_stolen", sa.BigInteger(), nullable=False),
        sa.Column("objectives_returned", sa.BigInteger(), nullable=False),
        sa.Column("dynamites_planted", sa.BigInteger(), nullable=False),
        sa.Column("dynamites_defused", sa.BigInteger(), nullable=False),
        sa.Column("times_revived", sa.BigInteger(), nullable=False),
        sa.Column("useful_kills", sa.BigInteger(), nullable=False),
        sa.Column("multi2", sa.BigInteger(), nullable=False),
        sa.Column("multi3", sa.BigInteger(), nullable=False),
        sa.Column("multi4", sa.BigInteger(), nullable=False),
        sa.Column("multi5", sa.BigInteger(), nullable=False),
        sa.Column("multi6", sa.BigInteger(), nullable=False),
        sa.Column("useless_kills", sa.BigInteger(), nullable=False),
        sa.Column("full_selfkills", sa.BigInteger(), nullable=False),
        sa.Column("repairs", sa.BigInteger(), nullable=False),
        sa.Column("revives_given", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("map", "month", "player_id", "server_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("player_rollup_player", "player_rollup", ["player_id", "map", "month"], unique=False)
    op.create_table(
        "player_stats",
        sa.Column("round_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("player_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", _TEXT, nullable=False, comment="as written, with colours"),
        sa.Column("side", sa.SmallInteger(), nullable=False),
        sa.Column("team", sa.SmallInteger(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True, comment="of an inferred team; NULL where the file tells"),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("headshots", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("shots", sa.Integer(), nullable=False),
        sa.Column("aimed_hits", sa.Integer(), nullable=False, comment="with weapons that can score headshots"),
        sa.Column("aimed_shots", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True, comment="on a team"),
        sa.Column("damage_given", sa.Integer(), nullable=True),
        sa.Column("damage_received", sa.Integer(), nullable=True),
        sa.Column("team_damage_given", sa.Integer(), nullable=True),
        sa.Column("team_damage_received", sa.Integer(), nullable=True),
        sa.Column("gibs", sa.Integer(), nullable=True),
        sa.Column("self_kills", sa.Integer(), nullable=True),
        sa.Column("team_kills", sa.Integer(), nullable=True),
        sa.Column("team_gibs", sa.Integer(), nullable=True),
        sa.Column("time_played_pct", sa.Double(), nullable=True),
        sa.Column("xp", sa.Integer(), nullable=True),
        sa.Column("killing_spree", sa.Integer(), nullable=True),
        sa.Column("death_spree", sa.Integer(), nullable=True),
        sa.Column("kill_assists", sa.Integer(), nullable=True),
        sa.Column("kill_steals", sa.Integer(), nullable=True),
        sa.Column("headshot_kills", sa.Integer(), nullable=True),
        sa.Column("objectives_stolen", sa.Integer(), nullable=True),
        sa.Column("objectives_returned", sa.Integer(), nullable=True),
        sa.Column("dynamites_planted", sa.Integer(), nullable=True),
        sa.Column("dynamites_defused", sa.Integer(), nullable=True),
        sa.Column("times_revived", sa.Integer(), nullable=True),
        sa.Column("time_dead_min", sa.Double(), nullable=True),
        sa.Column("useful_kills", sa.Integer(), nullable=True),
        sa.Column("denied_playtime", sa.Integer(), nullable=True),
        sa.Column("multi2", sa.Integer(), nullable=True),
        sa.Column("multi3", sa.Integer(), nullable=True),
        sa.Column("multi4", sa.Integer(), nullable=True),
        sa.Column("multi5", sa.Integer(), nullable=True),
        sa.Column("multi6", sa.Integer(), nullable=True),
        sa.Column("useless_kills", sa.Integer(), nullable=True),
        sa.Column("full_selfkills", sa.Integer(), nullable=True),
        sa.Column("repairs", sa.Integer(), nullable=True),
        sa.Column("revives_given", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("round_id", "player_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("player_stats_player", "player_stats", ["player_id", "round_id"], unique=False)
    op.create_table(
        "players",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _TEXT, nullable=False, comment="GUID; a bot's GUID and name"),
        sa.Column("guid", _TEXT, nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("name", _TEXT, nullable=False, comment="latest name, without colours"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "processed_files",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("server", _TEXT, nullable=False),
        sa.Column("filename", _TEXT, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, comment="of the content with LF line ends"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "players", sa.Integer(), nullable=True, comment="player lines; NULL where the file could not be read"
        ),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=True),
        sa.Column("processed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("filename", "server", "sha256"),
    )
    op.create_index("processed_files_sha256", "processed_files", ["sha256"], unique=False)
    op.create_index("processed_files_status", "processed_files", ["status"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("player_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mu", sa.Double(), nullable=False),
        sa.Column("sigma", sa.Double(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("player_id"),
    )
    op.create_table(
        "raw_files",
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="zlib, LF line ends"),
        sa.PrimaryKeyConstraint("file_id"),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("file", _TEXT, nullable=False),
        sa.Column("played_at", UtcTime(), nullable=False, comment="end of the round"),
        sa.Column("day", sa.Integer(), nullable=False, comment="YYYYMMDD on the server's clock"),
        sa.Column("map", _TEXT, nullable=False),
        sa.Column("config", _TEXT, nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("defender", sa.SmallInteger(), nullable=False),
        sa.Column("winner", sa.SmallInteger(), nullable=False),
        sa.Column("timelimit", sa.Double(), nullable=True, comment="seconds"),
        sa.Column("next_timelimit", sa.Double(), nullable=True, comment="seconds"),
        sa.Column("roster", _TEXT, nullable=False, comment="keys in the file, one a line"),
        sa.Column("carries", sa.Boolean(), nullable=False, comment="some player's counters were not at zero before"),
        sa.Column("players", sa.Integer(), nullable=False),
        sa.Column("outcome", _TEXT, nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("partner", _TEXT, nullable=True, comment="file of the other round of the pair"),
        sa.Column("session_id", _TEXT, nullable=True),
        sa.Column("match_id", _TEXT, nullable=True),
        sa.Column("match_up", sa.SmallInteger(), nullable=True, comment="number within the session"),
        sa.Column("axis_team", sa.SmallInteger(), nullable=True, comment="team on the Axis side of this round, 1 or 2"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file_id"),
    )
    op.create_index("rounds_day", "rounds", ["day"], unique=False)
    op.create_index("rounds_played_at", "rounds", ["played_at"], unique=False)
    op.create_index("rounds_server_played_at", "rounds", ["server_id", "played_at"], unique=False)
    op.create_index("rounds_session_id", "rounds", ["session_id"], unique=False)
    op.create_table(
        "servers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("timezone", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "weapon_rollup",
        sa.Column("weapon", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False, comment="YYYYMM, 0 for all time"),
        sa.Column("player_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("server_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rounds", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("shots", sa.BigInteger(), nullable=False),
        sa.Column("kills", sa.BigInteger(), nullable=False),
        sa.Column("deaths", sa.BigInteger(), nullable=False),
        sa.Column("headshots", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("weapon", "month", "player_id", "server_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("weapon_rollup_player", "weapon_rollup", ["player_id", "month"], unique=False)
    op.create_table(
        "weapon_stats",
        sa.Column("round_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("player_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("weapon", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("shots", sa.Integer(), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("headshots", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "player_id", "weapon"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "weapons",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )


_SQLITE = {
    "stamp": "strftime('%Y-%m-%d %H:%M:%S', r.played_at, 'unixepoch')",
    "names": "json_group_array(pl.key)",
}
_POSTGRESQL = {
    "stamp": "to_char(r.played_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')",
    "names": "json_agg(pl.key ORDER BY pl.key)",
}

_VIEWS = (
    # What counts: rounds that are valid, players who played, counters whose base is known (flag 16).
    """CREATE VIEW eligible_stats AS
    SELECT p.* FROM player_stats p JOIN rounds r ON r.id = p.round_id
    WHERE r.valid AND (p.seconds IS NULL OR p.seconds > 0) AND (p.flags & 16) = 0""",
    """CREATE VIEW match_ups AS
    SELECT session_id, match_up, count(*) AS matches, min(played_at) AS first_played_at,
        sum(score_a) AS score_a, sum(score_b) AS score_b
    FROM matches GROUP BY session_id, match_up""",
    """CREATE VIEW session_teams AS
    SELECT r.id, r.session_id, r.match_up, r.map AS map_name, r.round AS round_num, r.axis_team,
        (SELECT {names} FROM player_stats p JOIN players pl ON pl.id = p.player_id
            WHERE p.round_id = r.id AND p.side = 1) AS axis_players,
        (SELECT {names} FROM player_stats p JOIN players pl ON pl.id = p.player_id
            WHERE p.round_id = r.id AND p.side = 2) AS allies_players,
        {stamp} AS timestamp
    FROM rounds r WHERE r.session_id IS NOT NULL""",
    """CREATE VIEW team_history AS
    SELECT pl.key AS guid, pl.name AS player_name, r.map AS map_name,
        CASE p.side WHEN 1 THEN 'axis' WHEN 2 THEN 'allies' END AS team, p.team AS persistent_team,
        r.session_id, r.match_up, r.round AS round_num, {stamp} AS timestamp
    FROM player_stats p JOIN rounds r ON r.id = p.round_id JOIN players pl ON pl.id = p.player_id""",
    """CREATE VIEW player_comprehensive_stats AS
    SELECT
        CAST(p.round_id AS bigint) * 1000000 + p.player_id AS id,
        substr(r.session_id, 1, 17) AS session_id, r.round AS round_num, pl.name AS player_name,
        r.map AS map_name, {stamp} AS timestamp,
        p.kills, p.deaths, p.self_kills, p.team_kills, p.team_damage_given AS team_damage, p.damage_given,
        p.damage_received, p.team_damage_received AS damage_team,
        CASE WHEN p.aimed_shots > 0 THEN 100 * CAST(p.aimed_hits AS double precision) / p.aimed_shots END AS accuracy,
        p.headshots, p.gibs, p.hits AS weapon_hits, p.shots AS weapon_shots, p.kills AS weapon_kills,
        p.deaths AS weapon_deaths, p.headshots AS weapon_headshots,
        coalesce((SELECT sum(w.kills) FROM weapon_stats w
            WHERE w.round_id = p.round_id AND w.player_id = p.player_id AND w.weapon IN (0, 1)), 0) AS knife_kills,
        coalesce((SELECT sum(w.kills) FROM weapon_stats w
            WHERE w.round_id = p.round_id AND w.player_id = p.player_id AND w.weapon = 27), 0) AS poison_kills,
        coalesce((SELECT sum(w.deaths) FROM weapon_stats w
            WHERE w.round_id = p.round_id AND w.player_id = p.player_id AND w.weapon = 27), 0) AS poison_deaths,
        CAST(NULL AS integer) AS obj_captured, CAST(NULL AS integer) AS obj_destroyed,
        p.objectives_returned AS obj_returned, p.objectives_stolen AS obj_taken,
        p.dynamites_planted, p.dynamites_defused, p.revives_given, p.times_revived AS revives_received,
        CAST(NULL AS integer) AS ammo_given, CAST(NULL AS integer) AS health_given, p.kill_assists, p.useless_kills,
        CASE WHEN p.kills + p.deaths > 0 THEN 100 * CAST(p.kills AS double precision) / (p.kills + p.deaths) END
            AS efficiency,
        s.mu - 3 * s.sigma AS skill_rating,
        CASE WHEN p.deaths > 0 THEN CAST(p.kills AS double precision) / p.deaths ELSE p.kills END AS kdr,
        CAST(p.kills AS double precision) AS kpr, CAST(p.deaths AS double precision) AS dpr,
        CASE WHEN p.damage_received > 0 THEN CAST(p.damage_given AS double precision) / p.damage_received END
            AS damage_efficiency,
        p.seconds AS time_played,
        CASE WHEN p.side = 1 THEN p.seconds END AS time_axis, CASE WHEN p.side = 2 THEN p.seconds END AS time_allies,
        CASE p.side WHEN 1 THEN 'axis' WHEN 2 THEN 'allies' END AS team,
        CASE r.winner WHEN 1 THEN 'axis' WHEN 2 THEN 'allies' END AS round_winner,
        CASE WHEN r.winner = 0 OR p.side NOT IN (1, 2) THEN NULL WHEN r.winner = p.side THEN 1 ELSE 0 END AS won_round,
        p.useful_kills AS most_useful_kills,
        CASE WHEN p.team IS NULL THEN NULL WHEN p.confidence IS NULL OR p.confidence >= 0.9 THEN 'high'
            WHEN p.confidence >= 0.7 THEN 'medium' ELSE 'low' END AS team_detection_confidence,
        p.xp AS xp_total, r.match_id AS map_id
    FROM player_stats p
    JOIN rounds r ON r.id = p.round_id
    JOIN players pl ON pl.id = p.player_id
    LEFT JOIN ratings s ON s.player_id = p.player_id""",
)
