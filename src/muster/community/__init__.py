"""Who talks, when and how much: counted exactly, whatever happens on the way.

For other programs: the functions of `muster.community.tracker`, by their names. They are loaded when first used, since
every start of Muster imports this package.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muster.community.tracker import (
        AlreadyCounting,
        DailySummary,
        InMemoryStats,
        ServerStats,
        Tracking,
        close_db,
        flush_counts_to_db,
        get_daily_summary,
        get_in_memory_stats,
        get_message_counts,
        get_server_stats,
        get_user_counts,
        init_db,
        initialize_tracking,
        schedule_daily_user_snapshot,
        trigger_user_snapshot,
        upsert_message_count,
        upsert_user_count,
    )
    from muster.community.tracker_config import BadConfig, TrackerConfig, read_config
    from muster.store.tracker import MessageCount, UserCount

__all__ = [
    "AlreadyCounting",
    "BadConfig",
    "DailySummary",
    "InMemoryStats",
    "MessageCount",
    "ServerStats",
    "TrackerConfig",
    "Tracking",
    "UserCount",
    "close_db",
    "flush_counts_to_db",
    "get_daily_summary",
    "get_in_memory_stats",
    "get_message_counts",
    "get_server_stats",
    "get_user_counts",
    "init_db",
    "initialize_tracking",
    "read_config",
    "schedule_daily_user_snapshot",
    "trigger_user_snapshot",
    "upsert_message_count",
    "upsert_user_count",
]


def __getattr__(name: str) -> Any:
    """What is exported, from where it stands."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from muster.community import tracker, tracker_config

    return getattr(tracker if hasattr(tracker, name) else tracker_config, name)
