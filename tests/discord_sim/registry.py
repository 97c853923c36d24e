"""The application commands a bot has registered, and a user's words turned into the options of one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.discord_sim import payload
from tests.discord_sim.model import Attachment, Channel, Guild, Role, User
from tests.discord_sim.validate_commands import GROUP, SLASH, SUB, check_all
from tests.discord_sim.wire import Json
from tests.discord_sim.world import World

TEXT, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = 3, 4, 5, 6, 7, 8, 9, 10, 11
GLOBAL = 0


class CommandRefused(Exception):
    """What the user's client would not let him send: no such command, a missing option, a value out of range."""


@dataclass(frozen=True, slots=True)
class Found:
    """A registered command, the names below it, and the options at the end of them."""

    command: Json
    path: tuple[tuple[int, str], ...]  # (type, name) of group and sub-command
    options: list[Json]


class Registry:
    def __init__(self, world: World) -> None:
        self.world = world
        self._scopes: dict[int, dict[int, Json]] = {}  # 0: global; else a guild's

    def overwrite(self, scope: int, commands: list[Json]) -> list[Json]:
        check_all(commands)
        known = {(c["type"], c["name"]): c["id"] for c in self.scope(scope)}
        kept: dict[int, Json] = {}
        for command in commands:
            full = self._full(scope, command, known.get((command.get("type", SLASH), command["name"])))
            kept[int(full["id"])] = full
        self._scopes[scope] = kept
        return list(kept.values())

    def upsert(self, scope: int, command: Json) -> Json:
        others = [
            c for c in self.scope(scope) if (c["type"], c["name"]) != (command.get("type", SLASH), command.get("name"))
        ]
        self.overwrite(scope, [*others, command])
        return next(c for c in self.scope(scope) if c["name"] == command["name"])

    def scope(self, scope: int) -> list[Json]:
        return list(self._scopes.get(scope, {}).values())

    def get(self, scope: int, command_id: int) -> Json | None:
        return self._scopes.get(scope, {}).get(command_id)

    def remove(self, scope: int, command_id: int) -> bool:
        return self._scopes.get(scope, {}).pop(command_id, None) is not None

    def visible(self, guild: Guild | None) -> list[Json]:
        """Every command of a guild: its own hide global ones of the same name."""
        own = self.scope(guild.id) if guild is not None else []
        names = {(command["type"], command["name"]) for command in own}
        return own + [c for c in self.scope(GLOBAL) if (c["type"], c["name"]) not in names]

    def find(self, guild: Guild | None, words: str) -> Found:
        """`"team stats"` → the sub-command stats of the command team."""
        name, *rest = words.lstrip("/").split()
        slash = {c["name"]: c for c in self.visible(guild) if c["type"] == SLASH}
        if name not in slash:
            raise CommandRefused(f"no command /{name}; there are: {', '.join(sorted(slash)) or 'none'}")
        command = slash[name]
        options: list[Json] = command.get("options", [])
        path: list[tuple[int, str]] = []
        for word in rest:
            below = next((o for o in options if o["name"] == word and o["type"] in {SUB, GROUP}), None)
            if below is None:
                raise CommandRefused(f"/{name} has no sub-command {word}")
            path.append((below["type"], word))
            options = below.get("options", [])
        if any(option["type"] in {SUB, GROUP} for option in options):
            raise CommandRefused(f"/{words} needs a sub-command: {', '.join(o['name'] for o in options)}")
        return Found(command, tuple(path), options)

    def data(self, found: Found, values: Mapping[str, Any], focused: str | None = None) -> Json:
        """The `data` of an interaction. While autocompleting (`focused`), required options may be missing."""
        known = {option["name"]: option for option in found.options}
        unknown = values.keys() - known.keys()
        if unknown:
            raise CommandRefused(
                f"/{found.command['name']} has no option {', '.join(sorted(unknown))}; it has {list(known)}"
            )
        missing = [name for name, option in known.items() if option.get("required") and name not in values]
        if missing and focused is None:
            raise CommandRefused(f"/{found.command['name']} needs {', '.join(missing)}")
        resolved: Json = {}
        options = []
        for name, value in values.items():
            one = {"name": name, "type": known[name]["type"]}
            one["value"] = value if name == focused else self._value(known[name], value, resolved)
            if name == focused:
                one["focused"] = True
            options.append(one)
        for kind, name in reversed(found.path):
            options = [{"name": name, "type": kind, "options": options}]
        data: Json = {"id": found.command["id"], "name": found.command["name"], "type": SLASH, "options": options}
        if found.command.get("guild_id"):
            data["guild_id"] = found.command["guild_id"]
        return data | ({"resolved": resolved} if resolved else {})

    def _value(self, option: Json, value: Any, resolved: Json) -> Any:
        name, kind = option["name"], option["type"]
        expected: dict[int, Any] = {
            TEXT: str,
            INTEGER: int,
            BOOLEAN: bool,
            NUMBER: int | float,
            USER: User,
            CHANNEL: Channel,
        }
        expected |= {ROLE: Role, MENTIONABLE: User | Role, FILE: Attachment}
        if not isinstance(value, expected[kind]) or (isinstance(value, bool) and kind != BOOLEAN):
            raise CommandRefused(f"{name}: {value!r} is not what an option of type {kind} takes")
        if option.get("choices") and value not in [choice["value"] for choice in option["choices"]]:
            raise CommandRefused(f"{name}: {value!r} is none of the choices")
        if kind in {INTEGER, NUMBER}:
            low, high = option.get("min_value"), option.get("max_value")
            if (low is not None and value < low) or (high is not None and value > high):
                raise CommandRefused(f"{name}: {value} is not within {low} … {high}")
        if kind == TEXT and not option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000):
            raise CommandRefused(f"{name}: a text of {len(value)} characters is too short or too long")
        if kind in {TEXT, INTEGER, BOOLEAN, NUMBER}:
            return value
        for part, key, json in self._resolve(value):
            resolved.setdefault(part, {})[key] = json
        return str(value.id)

    def _resolve(self, thing: User | Role | Channel | Attachment) -> Iterator[tuple[str, str, Json]]:
        key = str(thing.id)
        if isinstance(thing, User):
            yield "users", key, thing.json()
            for guild in self.world.guilds.values():
                if thing.id in guild.members:
                    yield "members", key, guild.members[thing.id].json() | {"permissions": "0"}
                    break
        elif isinstance(thing, Role):
            yield "roles", key, payload.role(thing)
        elif isinstance(thing, Channel):
            yield "channels", key, payload.channel(thing) | {"permissions": "0"}
        else:
            yield "attachments", key, thing.json()

    def _full(self, scope: int, command: Json, known_id: str | None) -> Json:
        full = {
            "id": known_id or str(self.world.ids.now()),
            "application_id": str(self.world.application_id),
            "version": str(self.world.ids.now()),
            "type": SLASH,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
        } | command
        return full | ({"guild_id": str(scope)} if scope else {})
