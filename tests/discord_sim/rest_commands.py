"""REST: registering application commands, for everybody or for one guild."""

from tests.discord_sim.api import Call, Routes
from tests.discord_sim.errors import MISSING_ACCESS, UNKNOWN_COMMAND, ApiError, Problems
from tests.discord_sim.registry import GLOBAL
from tests.discord_sim.wire import Json

routes = Routes()
EVERYWHERE = "/applications/{application}/commands"
IN_GUILD = "/applications/{application}/guilds/{guild}/commands"


def scope(call: Call) -> int:
    if call.id("application") != call.core.world.application_id:
        raise ApiError(*MISSING_ACCESS)
    return call.guild().id if "guild" in call.path else GLOBAL


@routes("GET", EVERYWHERE)
@routes("GET", IN_GUILD)
def list_commands(call: Call) -> list[Json]:
    return call.core.registry.scope(scope(call))


@routes("PUT", EVERYWHERE)
@routes("PUT", IN_GUILD)
def overwrite_commands(call: Call) -> list[Json]:
    commands = call.body.get("", [])
    if not isinstance(commands, list):
        problems = Problems()
        problems.add([], "BASE_TYPE_BAD_TYPE", "Only iterables may be used in a ListType.")
        problems.raise_any()
    return call.core.registry.overwrite(scope(call), commands)


@routes("POST", EVERYWHERE)
@routes("POST", IN_GUILD)
def create_command(call: Call) -> Json:
    return call.core.registry.upsert(scope(call), call.body)


@routes("GET", EVERYWHERE + "/{command}")
@routes("GET", IN_GUILD + "/{command}")
def get_command(call: Call) -> Json:
    return known(call)


def known(call: Call) -> Json:
    found = call.core.registry.get(scope(call), call.id("command"))
    if found is None:
        raise ApiError(*UNKNOWN_COMMAND)
    return found


@routes("PATCH", EVERYWHERE + "/{command}")
@routes("PATCH", IN_GUILD + "/{command}")
def edit_command(call: Call) -> Json:
    return call.core.registry.upsert(scope(call), known(call) | call.body)


@routes("DELETE", EVERYWHERE + "/{command}")
@routes("DELETE", IN_GUILD + "/{command}")
def delete_command(call: Call) -> None:
    if not call.core.registry.remove(scope(call), call.id("command")):
        raise ApiError(*UNKNOWN_COMMAND)
