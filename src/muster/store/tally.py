"""What a batch of messages adds to the counts: its parts go into the database once, and there into every table.

Adding up within the database leaves the interpreter free meanwhile, and sends every message once.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import sqlalchemy as sa

from muster.store.engine import Row, Writer

SESSION_GAP: Final = 15 * 60
"""Seconds without a message after which somebody's next one begins another session."""

_PARTS: Final = sa.Table(
    "said_parts",
    sa.MetaData(),
    *(
        sa.Column(name, sa.BigInteger)
        for name in ("user_id", "channel_id", "community_id", "day", "hour", "utc_day", "messages")
    ),
    *(sa.Column(name, sa.BigInteger) for name in ("first_at", "last_at", "replies", "mentions", "attachments")),
    sa.Column("moments", sa.LargeBinary),
)

_MADE: Final = {
    "sqlite": (
        "CREATE TEMP TABLE IF NOT EXISTS said_parts (user_id, channel_id, community_id, day, hour, utc_day, messages, "
        "first_at, last_at, replies, mentions, attachments, moments)",
        "CREATE TEMP TABLE IF NOT EXISTS said_sessions (user_id, channel_id, kept, begun, ended, messages, stored)",
        "DELETE FROM said_parts",
        "DELETE FROM said_sessions",
    ),
    "postgresql": (
        "CREATE TEMP TABLE IF NOT EXISTS said_parts (user_id int, channel_id int, community_id int, day int, "
        "hour smallint, utc_day int, messages int, first_at bigint, last_at bigint, replies int, mentions int, "
        "attachments int, moments bytea) ON COMMIT DELETE ROWS",
        "CREATE TEMP TABLE IF NOT EXISTS said_sessions (user_id int, channel_id int, kept bigint, begun bigint, "
        "ended bigint, messages int, stored int) ON COMMIT DELETE ROWS",
        "DELETE FROM said_parts",  # nothing, but for who adds twice in a transaction: it is empty after each
        "DELETE FROM said_sessions",
    ),
}

_CHANNEL_DAYS: Final = """
INSERT INTO message_counts (server_id, channel_id, date, message_count, created_at, updated_at)
SELECT g.key, c.key, {date}, p.messages, {now}, {now}
FROM (SELECT channel_id, day, sum(messages) AS messages FROM said_parts GROUP BY channel_id, day) p
JOIN channels c ON c.id = p.channel_id JOIN communities g ON g.id = c.community_id
WHERE true
ON CONFLICT (server_id, channel_id, date) DO UPDATE
SET message_count = message_counts.message_count + excluded.message_count, updated_at = excluded.updated_at
"""

_USER_DAYS: Final = """
INSERT INTO user_days (user_id, channel_id, day, messages)
SELECT user_id, channel_id, day, sum(messages) FROM said_parts WHERE user_id > 0
GROUP BY user_id, channel_id, day
ON CONFLICT (user_id, channel_id, day) DO UPDATE SET messages = user_days.messages + excluded.messages
"""

_USER_HOURS: Final = """
INSERT INTO user_hours (user_id, community_id, hour, messages)
SELECT user_id, community_id, hour, sum(messages) FROM said_parts WHERE user_id > 0
GROUP BY user_id, community_id, hour
ON CONFLICT (user_id, community_id, hour) DO UPDATE SET messages = user_hours.messages + excluded.messages
"""

_USER_TOTALS: Final = """
INSERT INTO user_totals (user_id, community_id, messages, replies, mentions, attachments, first_at, last_at)
SELECT user_id, community_id, sum(messages), sum(replies), sum(mentions), sum(attachments), min(first_at), max(last_at)
FROM said_parts WHERE user_id > 0 GROUP BY user_id, community_id
ON CONFLICT (user_id, community_id) DO UPDATE SET
    messages = user_totals.messages + excluded.messages, replies = user_totals.replies + excluded.replies,
    mentions = user_totals.mentions + excluded.mentions, attachments = user_totals.attachments + excluded.attachments,
    first_at = {least}(user_totals.first_at, excluded.first_at),
    last_at = {greatest}(user_totals.last_at, excluded.last_at)
"""

_MOMENTS: Final = {
    # One row after the other here, all of a key at once there.
    "sqlite": """
INSERT INTO message_moments (user_id, channel_id, day, exact, logged)
SELECT user_id, channel_id, utc_day, moments, x'' FROM said_parts WHERE true
ON CONFLICT (user_id, channel_id, day) DO UPDATE SET exact = CAST(message_moments.exact || excluded.exact AS BLOB)
""",
    "postgresql": """
INSERT INTO message_moments (user_id, channel_id, day, exact, logged)
SELECT user_id, channel_id, utc_day, string_agg(moments, ''::bytea ORDER BY first_at), ''::bytea
FROM said_parts GROUP BY user_id, channel_id, utc_day
ON CONFLICT (user_id, channel_id, day) DO UPDATE SET exact = message_moments.exact || excluded.exact
""",
}

_JOIN_SESSIONS: Final = """
INSERT INTO said_sessions (user_id, channel_id, kept, begun, ended, messages, stored)
WITH spans AS (
    SELECT NULL AS stored, user_id, channel_id, first_at / 1000 AS begun, last_at / 1000 AS ended, messages
    FROM said_parts WHERE user_id > 0
    UNION ALL
    SELECT s.session_id, s.user_id, s.channel_id, {begun}, {ended}, s.message_count
    FROM (
        SELECT user_id, channel_id, min(first_at) / 1000 - {gap} AS low, max(last_at) / 1000 + {gap} AS high
        FROM said_parts WHERE user_id > 0 GROUP BY user_id, channel_id
    ) w
    JOIN chat_sessions s ON s.user_id = w.user_id AND s.channel_id = w.channel_id
        AND s.joined_at <= {high} AND s.left_at >= {low}
        AND s.joined_at >= coalesce((
            SELECT max(p.joined_at) FROM chat_sessions p
            WHERE p.user_id = w.user_id AND p.channel_id = w.channel_id AND p.joined_at < {low}
        ), {low})
), parted AS (
    SELECT *, CASE WHEN begun - max(ended) OVER (
        PARTITION BY user_id, channel_id ORDER BY begun, ended ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) <= {gap} THEN 0 ELSE 1 END AS first
    FROM spans
), numbered AS (
    SELECT *, sum(first) OVER (
        PARTITION BY user_id, channel_id ORDER BY begun, ended ROWS UNBOUNDED PRECEDING
    ) AS part
    FROM parted
)
SELECT user_id, channel_id, min(stored), min(begun), max(ended), sum(messages), count(stored)
FROM numbered GROUP BY user_id, channel_id, part HAVING count(*) > count(stored)
"""
"""Of the parts that were said and the sessions nearby, those with no longer pause between them become one.

Sessions of somebody in a channel lie one behind the other: of those that began before, only the last may be near.
"""

_DROP_JOINED: Final = """
DELETE FROM chat_sessions WHERE session_id IN (
    SELECT s.session_id FROM said_sessions j
    JOIN chat_sessions s ON s.user_id = j.user_id AND s.channel_id = j.channel_id
        AND s.joined_at >= {from_} AND s.left_at <= {until} AND s.session_id <> j.kept
    WHERE j.stored > 1
)
"""

_PUT_SESSIONS: Final = """
INSERT INTO chat_sessions (session_id, platform, channel, channel_id, user_id, joined_at, left_at,
    session_duration_seconds, message_count)
SELECT coalesce(j.kept, (SELECT coalesce(max(session_id), 0) FROM chat_sessions)
        + row_number() OVER (ORDER BY j.user_id, j.channel_id, j.begun)),
    g.platform, c.key, j.channel_id, j.user_id, {from_}, {until}, j.ended - j.begun, j.messages
FROM said_sessions j JOIN channels c ON c.id = j.channel_id JOIN communities g ON g.id = c.community_id
WHERE true
ON CONFLICT (session_id) DO UPDATE SET joined_at = excluded.joined_at, left_at = excluded.left_at,
    session_duration_seconds = excluded.session_duration_seconds, message_count = excluded.message_count
"""

_WORDS: Final = {
    "sqlite": {
        "date": "date(p.day * 86400, 'unixepoch')",
        "now": "CAST(strftime('%s', 'now') AS INTEGER)",
        "least": "min",
        "greatest": "max",
        "begun": "s.joined_at",
        "ended": "s.left_at",
        "low": "w.low",
        "high": "w.high",
        "from_": "j.begun",
        "until": "j.ended",
        "gap": str(SESSION_GAP),
    },
    "postgresql": {
        "date": "DATE '1970-01-01' + p.day",
        "now": "date_trunc('second', now())",
        "least": "least",
        "greatest": "greatest",
        "begun": "extract(epoch FROM s.joined_at)::bigint",
        "ended": "extract(epoch FROM s.left_at)::bigint",
        "low": "to_timestamp(w.low)",
        "high": "to_timestamp(w.high)",
        "from_": "to_timestamp(j.begun)",
        "until": "to_timestamp(j.ended)",
        "gap": str(SESSION_GAP),
    },
}
"""What the two databases say differently."""


async def add_parts(writer: Writer, parts: Sequence[Row]) -> None:
    """Adds what was said to everything that is counted; rows in the order of `said_parts`.

    A part is what somebody said in a channel within one quarter of an hour by the clock: so it has one day, one hour
    and no pause that would end a session. `moments` are its milliseconds of the UTC day, 4 bytes each. Nobody (user 0)
    counts for the channel alone.
    """
    if not parts:
        return
    await writer.script(_MADE[writer.dialect])
    await writer.insert(_PARTS, parts)
    await writer.script(_statements(writer.dialect))


@cache
def _statements(dialect: str) -> list[str]:
    """Everything that is done with the parts, in the words of a database."""
    statements = (
        _CHANNEL_DAYS,
        _USER_DAYS,
        _USER_HOURS,
        _USER_TOTALS,
        _MOMENTS[dialect],
        _JOIN_SESSIONS,
        _DROP_JOINED,
        _PUT_SESSIONS,
    )
    return [statement.format(**_WORDS[dialect]) for statement in statements]
