"""Evenings and the message about game servers run where they are configured, and nowhere else."""

from pydantic import SecretStr

from muster.app import build
from muster.config import ServerSettings, Settings
from muster.ops.plan import plan
from tests.importer.working import opened

PARTS = {"evenings", "status of game servers"}


async def test_they_run_where_they_are_configured(sqlite_url: str) -> None:
    servers = [ServerSettings(name="main", address="127.0.0.1:27960")]  # type: ignore[call-arg]
    wanted = {"automation_enabled": True, "stats_channel_id": 1, "status_channel_id": 2, "gaming_voice_channels": [3]}
    async with opened(sqlite_url) as store:
        for values, parts in ((wanted, PARTS), ({"stats_channel_id": 1}, set[str]())):
            settings = Settings(discord_token=SecretStr("x"), servers=servers, _env_file=None, **values)  # type: ignore[call-arg]
            assert {part.name for part in build(settings, store)} & PARTS == parts
            said = "\n".join(plan(settings, {}))
            assert ("begun by 6 in 1 voice channels" in said) == bool(parts)
            assert ("status of game servers: in channel 2" in said) == bool(parts)
