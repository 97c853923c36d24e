"""Every command, and who may give it: as docs/discord.md says, and in no other way."""

import re
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import MagicMock

import discord
import pytest
import pytest_asyncio
from discord.ext import commands

from muster.bot.cogs import ALL
from muster.bot.refusals import Refused
from muster.config import Settings, load
from tests.bot.admin_room import Room, room, told
from tests.conftest import ROOT

ROLE, ROOT_USER, SOMEBODY = 7, 8, 9

COMMANDS: Final = {command.qualified_name: command for cog in ALL for command in cog.__cog_commands__}

NAMES: Final = sorted(name for name, command in COMMANDS.items() if not isinstance(command, commands.Group))
"""Those that can be given: a group can't."""


def for_admins() -> set[str]:
    """The commands that the page says are for admins."""
    page = (ROOT / "docs" / "discord.md").read_text("utf-8")
    table = page.partition("| for admins | commands |")[2].partition("\n\n")[0]
    return set(re.findall(r"`([\w ]+)`", table))


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(admin_roles=[ROLE], root_users=[ROOT_USER])


def member(user: int = SOMEBODY, roles: tuple[int, ...] = (), *, manages: bool = False) -> Any:
    who = MagicMock(spec=discord.Member)
    who.id = user
    who.roles = [SimpleNamespace(id=role) for role in roles]
    who.guild_permissions = discord.Permissions(manage_guild=manages)
    return who


def in_private(user: int = SOMEBODY) -> Any:
    who = MagicMock(spec=discord.User)
    who.id = user
    return who


PEOPLE: Final[dict[str, tuple[Callable[[], Any], bool]]] = {
    "a member": (member, False),
    "a member with another role": (lambda: member(roles=(6,)), False),
    "a member with the role": (lambda: member(roles=(6, ROLE)), True),
    "who may manage the server": (lambda: member(manages=True), True),
    "a root user": (lambda: member(ROOT_USER), True),
    "somebody in private": (in_private, False),
    "a root user in private": (lambda: in_private(ROOT_USER), True),
}


async def may(command: commands.Command[Any, ..., Any], who: Any, settings: Settings) -> bool:
    """What the command's own checks say: they are all that stands before a slash command of a group."""
    asked: Any = SimpleNamespace(author=who, bot=SimpleNamespace(settings=settings))
    try:
        return all([await discord.utils.maybe_coroutine(check, asked) for check in command.checks])
    except Refused:
        return False


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(
    "name", sorted(name for name, each in COMMANDS.items() if not isinstance(each, commands.Group))
)
async def test_who_may(name: str, person: str, settings: Settings) -> None:
    make, is_admin = PEOPLE[person]
    assert await may(COMMANDS[name], make(), settings) == (is_admin or name not in for_admins())


def test_the_page_names_commands_that_exist() -> None:
    assert for_admins() <= set(COMMANDS)
    assert len(for_admins()) > 20


there_scope = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    async with room(tmp_path_factory.mktemp("permissions")) as made:
        yield made


@there_scope
@pytest.mark.parametrize("name", sorted(for_admins()))
async def test_a_member_is_refused_in_private_both_ways(there: Room, name: str) -> None:
    """Over the wire, with options that are right: the refusal comes before anything is read."""
    words: dict[str, object] = {"text": "x", "command": "status", "map": "supply", "channel": "general", "switch": "on"}
    command = there.bot.get_command(name)
    assert command is not None
    options = {option: value for option, value in words.items() if option in command.clean_params}
    bare = [str(value) for value in options.values()]
    for answer in (
        await there.typed(" ".join((f"!{name}", *bare)), there.member()),
        await there.chosen(name, there.member(), **options),
    ):
        assert there.is_private(answer)
        assert "for admins" in told(answer), told(answer)
