"""The chat log as it is used: policies seen and set, messages found, written out, put back."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from muster.community import logbook
from muster.community.archive import Archive, ChatLogError
from muster.community.retention import Retention
from muster.store.engine import Store
from tests.community.telling import VILLAGE, channel, person, said
from tests.community.test_log import BEGIN, kept, wrote
from tests.community.test_recorder import offered
from tests.importer.working import opened


async def shown(store: Store) -> dict[str, tuple[bool, int, float, str | None, int]]:
    return {
        one.key: (
            one.policy.enabled,
            one.policy.retention_days,
            one.policy.sampling_rate,
            one.policy.pipeline,
            one.messages,
        )
        for one in await logbook.overview(store)
    }


async def test_policies_are_set_and_seen(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        assert await shown(store) == {"default": (False, 30, 1.0, None, 0)}
        await logbook.set_policy(store, "discord", "default", on=True, days=14)
        await offered(store, tmp_path, [wrote(1, 1, "kept"), wrote(2, 1, "kept too")])
        await logbook.set_policy(store, "discord", "#channel 1", days=7, steps="archive")
        await logbook.set_policy(store, "discord", "2", on=False)
        await logbook.set_policy(store, "discord", "not seen yet", rate=0.5)
        assert await shown(store) == {
            "default": (True, 14, 1.0, None, 0),
            "1": (True, 7, 1.0, "archive", 1),
            "2": (False, 14, 1.0, None, 1),
            "not seen yet": (True, 14, 0.5, None, 0),
        }
        await logbook.set_policy(store, "discord", "1", steps="none", rate=0.25)
        assert (await shown(store))["1"] == (True, 7, 0.25, None, 1)


async def test_what_can_not_be_set(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        twins = [
            said(channel(1), person(1), 1),
            said(channel(2, VILLAGE).__class__(VILLAGE, "2", "channel 1"), person(1), 1),
        ]
        await offered(store, tmp_path, twins)
        with pytest.raises(ChatLogError, match="2 channels are called 'channel 1': give an id"):
            await logbook.set_policy(store, "discord", "channel 1", on=True)
        with pytest.raises(ChatLogError, match=r"no steps 'burn'; there are: .*analyze_and_archive, none"):
            await logbook.set_policy(store, "discord", "1", steps="burn")
        with pytest.raises(ChatLogError, match="no channels with kept messages"):
            await logbook.export(store, "1", tmp_path / "out.jsonl")


async def test_found_written_out_archived_and_put_back(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await logbook.set_policy(store, "discord", "default", on=True, days=5, steps="archive")
        messages = [wrote(1, n * 3600, f"100% of it, {n}_{n}", who=n % 3) for n in range(30)]
        await offered(store, tmp_path, messages)
        assert [row.text for row in await logbook.search(store, "OF IT, 29_", 5)] == ["100% of it, 29_29"]
        assert len(await logbook.search(store, "100%", 50)) == 30
        assert await logbook.search(store, "100_", 50) == []
        assert await logbook.export(store, "channel 1", tmp_path / "out.jsonl") == 30
        lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        assert [line["text"] for line in lines] == [m.text for m in messages]
        before = await kept(store)
        archive = Archive(tmp_path / "archive")
        await Retention(store, archive).purge(BEGIN + timedelta(days=5, hours=12, minutes=30))
        assert len(await kept(store)) == 17
        (file,) = archive.files()
        assert await logbook.restore(store, archive.read(file)) == 13
        assert await logbook.restore(store, archive.read(file)) == 0
        assert await kept(store) == before
