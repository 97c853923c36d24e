"""What one program does, cut into roles that may be processes of their own on one PostgreSQL.

The cut runs where the halves meet in the database only: who hears messages also counts them, who fetches files also
stores them, and posts wait in the outbox for whoever speaks with Discord.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from muster.ops.parts import Misconfigured


class Role(StrEnum):
    """A part of the work that one process at a time does for a database."""

    COLLECTOR = "collector"
    BOT = "bot"
    WRITER = "writer"


Roles = frozenset[Role]

ALL: Final[Roles] = frozenset(Role)

NOTHING: Final = {
    Role.COLLECTOR: "set folder, ssh_host or push_token_env in a [[servers]] table",
    Role.BOT: "set DISCORD_TOKEN",
    Role.WRITER: "set count_messages = true",
}
"""What a role needs, said where it has nothing to do."""


def check_roles(roles: Roles, dialect: str) -> None:
    """Raises Misconfigured where a database can't be shared by processes."""
    if roles != ALL and dialect != "postgresql":
        raise Misconfigured(
            "--only is for several processes, and an SQLite file has one: run `muster run` without it, or use "
            "PostgreSQL (DATABASE_URL=postgresql://user@host/name)"
        )


def nothing_for(roles: Roles) -> str:
    """The line for a program that has nothing to do, with the cure."""
    if roles == ALL:
        return "nothing to run: set DISCORD_TOKEN, or folder or ssh_host in a [[servers]] table"
    return f"nothing to run as {listed(roles)}: {'; or '.join(NOTHING[role] for role in in_order(roles))}"


def in_order(roles: Iterable[Role]) -> list[Role]:
    """Roles, always in the same order."""
    wanted = set(roles)
    return [role for role in Role if role in wanted]


def listed(roles: Iterable[Role]) -> str:
    """Roles for people: `bot and writer`."""
    return " and ".join(in_order(roles))
