"""Evenings with late files, midnight, a restart in each and a kill at the end, in accelerated time.

`python -m tests.app.week` plays seven of them.
"""

from pathlib import Path

from tests.app.week import SHORT, play


async def test_evenings_begin_and_end_as_the_script_says(db_url: str, tmp_path: Path) -> None:
    report = await play(db_url, tmp_path, SHORT, tick=300)
    assert report.problems == []
    assert (report.evenings, report.restarts >= 3, report.edits >= 2) == (3, True, True)
