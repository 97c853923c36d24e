"""What can be set when a simulator is made."""

from dataclasses import dataclass

from tests.discord_sim.events import MEMBERS, MESSAGE_CONTENT, PRESENCES, PRIVILEGED


@dataclass(frozen=True, slots=True)
class Settings:
    token: str = "c2ltdWxhdGVk.AAAAAA.not-a-secret"
    host: str = "127.0.0.1"
    port: int = 0
    shards: int = 1  # what GET /gateway/bot recommends
    heartbeat_interval: float = 41.25
    enabled_intents: int = PRIVILEGED  # the privileged ones switched on in the developer portal
    identify_limit: bool = False  # one IDENTIFY in 5 s for each shard, as Discord has it, else op 9
    reaction_time: float = 0.1  # nobody presses a button sooner after it appeared; the bot needs a moment to know it
    interaction_deadline: float = 3.0
    interaction_lifetime: float = 900.0
    nonce_window: float = 300.0  # "the past few minutes"
    session_lifetime: float = 180.0  # without a connection, until RESUME is refused
    resume_buffer: int = 50_000  # events kept for RESUME
    file_limit: int = 10 * 1024 * 1024
    seed: int = 1  # of everything random

    @property
    def application_flags(self) -> int:
        flags = {PRESENCES: 1 << 13, MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}
        return sum(flag for intent, flag in flags.items() if self.enabled_intents & intent)
