"""What can be set, typed or measured is documented, and what is documented exists."""

import re
from pathlib import Path

import pytest

from docs import generate
from muster.config import Settings, load
from muster.stats.metrics import METRICS

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("page", list(generate.PAGES))
def test_generated_pages_are_up_to_date(page: str) -> None:
    assert (ROOT / "docs" / page).read_text("utf-8") == generate.PAGES[page](), "run python docs/generate.py"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name, field in Settings.model_fields.items():
        assert field.description
        assert f"MUSTER_{name.upper()}" in page


def test_every_metric_is_documented() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    for key, metric in METRICS.items():
        assert f"`{key}`" in page
        assert metric.definition in page


def test_the_example_settings_are_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "muster.toml").write_text((ROOT / "muster.example.toml").read_text("utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert [server.name for server in settings.servers] == ["main", "practice"]
    assert settings.timezone == "Europe/Berlin"


def test_commands_in_the_pages_exist() -> None:
    known = {name.split()[1] for name, _ in generate.commands_of()}
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for word in re.findall(r"(?<![\w./-])muster ([a-z]+)\b", page.read_text("utf-8")):
            if f"`muster {word}" in page.read_text("utf-8"):
                assert word in known, f"{page.name} names the command `muster {word}`"


def test_links_between_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_command_of_the_bot_is_written_down_with_an_answer() -> None:
    from discord.ext import commands

    from muster.bot.cogs import ALL

    page = (ROOT / "docs" / "discord-commands.md").read_text("utf-8")
    written = set(re.findall(r"^### `([\w ]+)`", page, re.MULTILINE))
    every = (command for cog in ALL for command in cog.__cog_commands__)
    there = {command.qualified_name for command in every if not isinstance(command, commands.Group)}
    assert written == there, "run python -m docs.generate_discord"
