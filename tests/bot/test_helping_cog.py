"""Help: every command by subject, each with all there is to know, and only what the asker may use."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from discord.ext.commands import Group

from muster.bot.cogs import ALL
from muster.bot.show import help as show
from muster.bot.usage import CommandInfo, GroupInfo, OptionInfo, describe
from tests.bot.admin_room import Room, room, told
from tests.discord_sim import Message

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEADERBOARD = CommandInfo(
    "leaderboard",
    "Players by any metric.",
    ("top",),
    (OptionInfo("metric", "kills, kd, …", False, True), OptionInfo("period", "when", False, False)),
    "leaderboard accuracy period: month",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    async with room(tmp_path_factory.mktemp("help")) as opened:
        yield opened


async def test_one_command_word_for_word() -> None:
    (page,) = show.command(LEADERBOARD, "!").pages
    assert page.title == "Help · leaderboard"
    assert page.description == (
        "Players by any metric.\n\nTyped: `!leaderboard [metric] [period: …]`\nChosen: `/leaderboard`\n"
        "Also as `!top`\n\n- `metric`: kills, kd, …\n- `period`: when\n\n"
        "Example: `!leaderboard accuracy period: month`"
    )


async def test_all_of_them_word_for_word() -> None:
    answer = show.overview([GroupInfo("Leaderboards", "Who is best.", (LEADERBOARD,))], "!")
    first, second = answer.pages
    assert answer.views
    assert (first.label, second.label) == ("Overview", "Leaderboards")
    assert "**Leaderboards** · Who is best. (1)" in first.description
    assert second.description == "Who is best.\n**!leaderboard** – Players by any metric."
    crowd = GroupInfo("Many", "Many.", (LEADERBOARD,) * 120)
    assert {page.label for page in show.overview([crowd], "!").pages} == {"Overview", "Many"}


async def test_every_command_is_listed_and_told(there: Room) -> None:
    """Each has a line of its own, says what its options are, and is told typed and chosen."""
    every = [command for cog in there.bot.cogs.values() for command in cog.walk_commands()]
    commands = [command for command in every if not isinstance(command, Group)]
    assert len(there.bot.cogs) == len(ALL)
    assert len(commands) > 50
    for command in commands:
        info = describe(command)
        assert info.about, command
        assert info.example.startswith(command.qualified_name)
        (page,) = show.command(info, "!").pages
        assert f"`!{info.typed}`" in page.description
        if command.clean_params:
            assert info.options, command
        assert all(option.about for option in info.options), command


def menu(message: Message) -> list[str]:
    return [option["label"] for row in message.components for part in row["components"] for option in part["options"]]


async def test_the_menu_leads_to_each_subject(there: Room) -> None:
    answer = await there.typed("!help")
    assert told(answer).startswith("Help\n")
    assert menu(answer) == ["Overview", *there.bot.cogs]
    there.sim.act.choose(there.root, answer, "Leaderboards")
    await there.sim.watch.edited(answer, "**!top_killers** – Players by kills.")
    assert "`/link NAME`" in told(await there.chosen("help"))


async def test_who_is_no_admin_sees_no_commands_of_admins(there: Room) -> None:
    answer = await there.typed("!help", there.member())
    assert {"Admin", "Sync"}.isdisjoint(menu(answer))
    assert {"Players", "Link", "Server"} <= set(menu(answer))
    refusal = await there.typed("!help rcon", there.member())
    assert "for admins of this server" in told(refusal)
    assert there.is_private(refusal)
    assert "Typed: `!rcon" in told(await there.typed("!help rcon", there.boss()))

    async def offered(by: object) -> set[str]:
        choices = await there.sim.act.autocomplete(by, there.sim.channel, "help", "command", "sync")  # type: ignore[arg-type]
        return {choice["value"] for choice in choices}

    assert await offered(there.member()) == set()
    assert await offered(there.root) == {"sync_all", "sync_month", "sync_stats", "sync_today", "sync_week"}


async def test_one_command_typed_and_chosen(there: Room) -> None:
    for words in ("leaderboard", "!leaderboard", "/leaderboard", "top", " LEADERBOARD "):
        assert "Help · leaderboard" in told(await there.typed(f"!help {words}"))
    assert "`/leaderboard [metric]" in told(await there.chosen("help", command="leaderboard"))
    assert "Did you mean `!help leaderboard`" in told(await there.typed("!help leadrboard"))
    assert "There is no command “\\`x\\`”" in told(await there.typed("!help `x`"))
