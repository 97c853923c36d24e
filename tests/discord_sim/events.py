"""A gateway event: which intents it needs, what it looks like with and without the message content intent."""

from dataclasses import dataclass

from tests.discord_sim.wire import Json, dumps

GUILDS, MEMBERS, MODERATION = 1 << 0, 1 << 1, 1 << 2
VOICE_STATES, PRESENCES = 1 << 7, 1 << 8
GUILD_MESSAGES, GUILD_REACTIONS, GUILD_TYPING = 1 << 9, 1 << 10, 1 << 11
DIRECT_MESSAGES, DIRECT_REACTIONS, DIRECT_TYPING = 1 << 12, 1 << 13, 1 << 14
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = MEMBERS | PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25

NEEDS: dict[str, int] = {
    **dict.fromkeys(("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"), GUILDS),
    **dict.fromkeys(("GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE"), GUILDS),
    **dict.fromkeys(("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"), GUILDS),
    **dict.fromkeys(("THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_MEMBERS_UPDATE"), GUILDS),
    **dict.fromkeys(("GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"), MEMBERS),
    **dict.fromkeys(("GUILD_BAN_ADD", "GUILD_BAN_REMOVE"), MODERATION),
    "VOICE_STATE_UPDATE": VOICE_STATES,
    "PRESENCE_UPDATE": PRESENCES,
}
MESSAGES = ("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK")


@dataclass(slots=True, eq=False)
class Event:
    """`reduced` is the body for sessions without the message content intent, where it differs."""

    name: str
    guild_id: int | None
    body: bytes
    reduced: bytes | None = None

    @classmethod
    def of(cls, name: str, data: Json, guild_id: int | None = None, reduced: Json | None = None) -> "Event":
        return cls(name, guild_id, dumps(data), dumps(reduced) if reduced is not None else None)

    @property
    def intents(self) -> int:
        """The intents of which one is needed; 0: everybody gets it."""
        direct = self.guild_id is None
        if self.name in MESSAGES:
            return DIRECT_MESSAGES if direct else GUILD_MESSAGES
        if self.name.startswith("MESSAGE_REACTION"):
            return DIRECT_REACTIONS if direct else GUILD_REACTIONS
        if self.name == "TYPING_START":
            return DIRECT_TYPING if direct else GUILD_TYPING
        return NEEDS.get(self.name, 0)

    def frame(self, sequence: int, intents: int) -> bytes:
        body = self.body if self.reduced is None or intents & MESSAGE_CONTENT else self.reduced
        return b'{"t":"%b","s":%d,"op":0,"d":%b}' % (self.name.encode(), sequence, body)
