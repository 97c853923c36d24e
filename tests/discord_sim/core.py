"""The parts of one simulated Discord, handed to whatever serves or plays it."""

from dataclasses import dataclass

from tests.discord_sim.faults import Faults
from tests.discord_sim.feed import Feed
from tests.discord_sim.gateway import Gateway
from tests.discord_sim.history import Nonces
from tests.discord_sim.interactions import Interactions
from tests.discord_sim.registry import Registry
from tests.discord_sim.settings import Settings
from tests.discord_sim.throttle import Throttle
from tests.discord_sim.truth import Truth
from tests.discord_sim.world import World


@dataclass(eq=False)
class Core:
    settings: Settings
    world: World
    gateway: Gateway
    feed: Feed
    registry: Registry
    interactions: Interactions
    nonces: Nonces
    faults: Faults
    limits: Throttle
    truth: Truth
    api_base: str = ""
    cdn_base: str = ""

    @classmethod
    def build(cls, settings: Settings) -> "Core":
        world, truth, faults = World(), Truth(), Faults(settings.seed)
        gateway = Gateway(world, settings, faults.deliveries.alter)
        feed = Feed(world, gateway.dispatch, truth)
        return cls(
            settings,
            world,
            gateway,
            feed,
            Registry(world),
            Interactions(settings),
            Nonces(settings.nonce_window),
            faults,
            Throttle(),
            truth,
        )
