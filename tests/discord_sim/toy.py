"""A small discord.py bot that uses what the simulator has: for its tests, and to try the page without Muster.

`python -m tests.discord_sim.toy` runs it as a process of its own, against the simulator named in the environment.
"""

import asyncio
import io
import os
import struct
import zlib
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from tests.discord_sim.client import QUICK, app_commands, commands, discord, point

PLAYERS = ["Ada", "Björn", "Čeněk", "Daša", "Ewa", "Игорь", "Zoë"]
Interaction = discord.Interaction["Toy"]
Context = commands.Context["Toy"]


def picture(width: int = 640, height: int = 240) -> bytes:
    """A PNG with bars, without a drawing library."""
    background, colours = b"\x2b\x2d\x31", [b"\x56\xb4\xe9", b"\xe6\x9f\x00", b"\x00\x9e\x73", b"\xcc\x79\xa7"]
    tops = [height - 44 - (number * 53) % (height - 60) for number in range(len(PLAYERS))]
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for number, top in enumerate(tops):
            span = width // len(tops)
            bar = top <= y < height - 24
            rows += background * (span // 4) + (colours[number % 4] if bar else background) * (span // 2)
            rows += background * (span - span // 4 - span // 2)
        rows += background * (width - width // len(tops) * len(tops))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Views(discord.ui.View):
    """Two buttons and a menu under the session."""

    def __init__(self) -> None:
        super().__init__(timeout=300)
        self.pages = 0

    @discord.ui.button(label="Next", style=discord.ButtonStyle.primary)
    async def turn(self, interaction: Interaction, button: "discord.ui.Button[Views]") -> None:
        self.pages += 1
        await interaction.response.edit_message(content=f"Page **{self.pages}**", view=self)

    @discord.ui.button(label="Only for me", style=discord.ButtonStyle.secondary)
    async def whisper(self, interaction: Interaction, button: "discord.ui.Button[Views]") -> None:
        await interaction.response.send_message("Just between us.", ephemeral=True)

    @discord.ui.button(label="Note", style=discord.ButtonStyle.success)
    async def note(self, interaction: Interaction, button: "discord.ui.Button[Views]") -> None:
        await interaction.response.send_modal(Note())

    @discord.ui.select(
        placeholder="Another view",
        options=[discord.SelectOption(label=name.title(), value=name) for name in ("overview", "combat", "maps")],
    )
    async def look(self, interaction: Interaction, menu: "discord.ui.Select[Views]") -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"The view *{menu.values[0]}*")


class Note(discord.ui.Modal, title="A note"):
    text: "discord.ui.TextInput[Note]" = discord.ui.TextInput(label="What happened?", max_length=200)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"Noted: {self.text.value}", ephemeral=True)


def session() -> discord.Embed:
    embed = discord.Embed(title="Session of 2025-10-28", description="**3** maps, **6** rounds, **7** players")
    embed.colour = discord.Colour.from_str("#56b4e9")
    embed.set_author(name="Muster")
    embed.add_field(name="Most kills", value="Ada (41)")
    embed.add_field(name="Best accuracy", value="Zoë (38.2 %)")
    embed.add_field(name="Longest life", value="Daša (4:12)")
    table = "\n".join(f"{name:<8}{30 + n:>4}{20 + n:>4}{1.5 - n / 20:>6.2f}" for n, name in enumerate(PLAYERS))
    embed.add_field(name="Players", value=f"```\nname      K   D   K/D\n{table}\n```", inline=False)
    embed.set_image(url="attachment://session.png")
    embed.set_footer(text="file 2025-10-28-201512-stats.txt")
    embed.timestamp = discord.utils.utcnow()
    return embed


class Toy(commands.Bot):
    def __init__(self, **options: Any) -> None:
        intents = options.pop("intents", discord.Intents.all())
        mentions = discord.AllowedMentions.none()
        super().__init__("!", intents=intents, help_command=None, allowed_mentions=mentions, **QUICK, **options)
        self.heard: list[int] = []  # ids of messages, in the order they came
        self.happened: list[str] = []  # connect, ready, resumed, disconnect

    async def setup_hook(self) -> None:
        await self.add_cog(Answers())
        self.tree.add_command(Team(name="team"))
        await self.tree.sync()

    async def on_message(self, message: discord.Message, /) -> None:
        if not message.author.bot:
            self.heard.append(message.id)
            await self.process_commands(message)

    async def on_ready(self) -> None:
        self.happened.append("ready")

    async def on_resumed(self) -> None:
        self.happened.append("resumed")


Answer = Callable[..., Coroutine[Any, Any, None]]


def hybrid(description: str) -> Callable[[Answer], commands.HybridCommand[Any, ..., None]]:
    """commands.hybrid_command, typed so that mypy can follow (it takes a union of two ParamSpecs)."""
    return commands.hybrid_command(description=description)


class Answers(commands.Cog):
    @hybrid(description="The last session, with its picture")
    async def last_session(self, context: Context) -> None:
        file = discord.File(io.BytesIO(picture()), "session.png")
        await context.send(embed=session(), file=file, view=Views())

    @hybrid(description="A greeting for a player")
    @app_commands.describe(player="Who is greeted", times="How often")
    async def greet(self, context: Context, player: str, times: commands.Range[int, 1, 5] = 1) -> None:
        await context.send(" ".join([f"Hello {player}!"] * times))

    @greet.autocomplete("player")
    async def players(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = [name for name in PLAYERS if name.lower().startswith(current.lower())]
        return [app_commands.Choice(name=name, value=name) for name in found]

    @hybrid(description="Takes its time")
    async def slow(self, context: Context, seconds: float = 0.3) -> None:
        async with context.typing():
            await asyncio.sleep(seconds)
            await context.send("There it is.")


class Team(app_commands.Group):
    """Teams"""

    @app_commands.command(description="One side in numbers")
    async def stats(
        self, interaction: Interaction, side: Literal["axis", "allies"], who: discord.Member | None = None
    ) -> None:
        await interaction.response.send_message(f"{side}: 4 wins of 7{f' with {who.display_name}' if who else ''}")


if __name__ == "__main__":
    point(os.environ["DISCORD_API_BASE"], os.environ["DISCORD_GATEWAY"])
    Toy().run(os.environ["DISCORD_TOKEN"], log_handler=None)
