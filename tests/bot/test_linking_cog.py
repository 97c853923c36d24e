"""Who is who: linked by the player's own press, by an admin's, and not otherwise."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from muster.bot.show import link as show
from muster.stats.names import suggest
from muster.stats.values import Alias, Career, PlayerRef, Record, Scope, Totals
from muster.store import notes
from muster.store.notes import Link
from tests.bot.admin_room import HOSTILE, Room, hostile_round, room, told
from tests.building import guid, player, put
from tests.discord_sim import CommandRefused, User

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2025, 10, 27, 12, 0, tzinfo=UTC)
NAMES = ("Gnadle", "Wobble", "Wobbly", "^1Colour", "OMNIBOT", "zip")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    folder = tmp_path_factory.mktemp("people")
    crowd = [
        player("OMNIBOT0" if name == "OMNIBOT" else guid(n), name=name, side=1 + n % 2) for n, name in enumerate(NAMES)
    ]
    put(folder / "files", "2025-01-01-200000", 1, *crowd)
    hostile_round(folder / "files", "2025-01-02-200000")
    async with room(folder, folder / "files") as opened:
        yield opened


@pytest.fixture
def alice(there: Room) -> User:
    return there.member("alice")


async def linked(there: Room, user: User) -> str | None:
    async with there.store.read() as reader:
        link = await notes.link_of(reader, user.id)
    return link.player_key if link else None


def career(name: str = "Gnadle", *aliases: str) -> Career:
    known = tuple(Alias(alias, 5, NOW - timedelta(days=9), NOW) for alias in aliases)
    ref = PlayerRef("ABCDEF01", name)
    return Career(ref, Scope(), Totals(rounds=146), Record(), 7, None, NOW - timedelta(days=9), NOW, known)


async def test_pages_word_for_word() -> None:
    seen = f"<t:{int(NOW.timestamp())}:R>"
    who = f"**Gnadle** (`ABCDEF01`), 146 rounds, last seen {seen}"
    assert show.about(career("Gnadle", "Gnadle")) == who
    many = show.about(career("Gnadle", *(f"n{n}" for n in range(10))))
    assert many == f"{who}\nAlso known as n0, n1, n2, n3, n4, n5, n6, n7 and 2 more"
    assert show.question(career(), 5, 5, None).title == "Is that you?"
    asked = show.question(career(), 5, 6, Link(5, "OTHER", 5, NOW))
    assert asked.title == "Is that the player?"
    assert asked.description == f"{who}\nHe is to be linked to <@5>.\n-# The link to `OTHER` is given up."
    assert "An admin can give it to <@5>" in show.taken(career(), 5, 7).description
    (page,) = show.linked(career(), 5).pages
    assert page.description.startswith("<@5> is **Gnadle**.")
    (page,) = show.who(career(), Link(5, "ABCDEF01", 9, NOW)).pages
    assert page.description == f"{who}\nLinked to <@5> since <t:{int(NOW.timestamp())}:d>, confirmed by <@9>."
    (page,) = show.who(career(HOSTILE, *[HOSTILE * 9] * 60), None).pages
    assert "Nobody is linked" in page.description


async def test_a_player_links_himself_by_his_own_press(there: Room, alice: User) -> None:
    asked = await there.typed("!link gnadle", alice)
    assert "Is that you?" in told(asked)
    assert guid(0) in told(asked)
    assert await linked(there, alice) is None, "nothing happens before the press"
    stranger = there.member()
    await there.sim.act.click(stranger, asked, "Yes, that is me").done()
    answer = await there.pressed(asked, "Yes, that is me", alice)
    assert await linked(there, alice) == guid(0)
    assert f"<@{alice.id}> is **Gnadle**" in told(answer)
    assert not answer.mentions
    assert "Linked already" in told(await there.typed("!link Gnadle", alice))
    assert "Gnadle" in told(await there.typed("!whois", alice))
    assert f"Linked to <@{alice.id}>" in told(await there.chosen("whois", player="Gnadle"))
    assert "Gnadle" in told(await there.typed(f"!whois <@{alice.id}>"))


async def test_slash_and_leaving_it(there: Room, alice: User) -> None:
    asked = await there.chosen("link", alice, player=guid(5))
    there.sim.act.click(alice, asked, "Leave it")
    await there.sim.watch.edited(asked, "Left as it was")
    assert await linked(there, alice) is None
    with pytest.raises(CommandRefused):
        there.sim.act.click(alice, asked, "Yes, that is me")
    answer = await there.pressed(await there.chosen("link", alice, player="zip"), "Yes, that is me", alice)
    assert await linked(there, alice) == guid(5)
    assert "zip" in told(answer)
    assert "Unlinked" in told(await there.chosen("unlink", alice))
    assert await linked(there, alice) is None
    assert "There is no link to give up" in told(await there.typed("!unlink", alice))


async def test_a_name_that_several_have_is_asked_about(there: Room, alice: User) -> None:
    which = await there.typed("!link Wobbl", alice)
    assert "Did you mean" in told(which)
    asked = await there.pressed(which, 1, alice)
    assert "Is that you?" in told(asked)
    await there.pressed(asked, "Yes, that is me", alice)
    assert await linked(there, alice) in (guid(1), guid(2))
    assert "Unlinked" in told(await there.typed("!unlink", alice))


async def test_somebody_elses_player_takes_an_admin(there: Room, alice: User) -> None:
    bob, boss = there.member("bob"), there.boss()
    await there.pressed(await there.typed("!link Wobble", bob), "Yes, that is me", bob)
    asked = await there.typed("!link Wobble", alice)
    assert f"<@{bob.id}> is linked to that player" in told(asked)
    run = await there.sim.act.click(alice, asked, "Link (admins)").done()
    assert run.response is not None
    assert "An admin of this server has to confirm" in run.response.content
    assert await linked(there, bob) == guid(1)
    await there.pressed(asked, "Link (admins)", boss)
    assert (await linked(there, alice), await linked(there, bob)) == (guid(1), None)
    assert f"confirmed by <@{boss.id}>" in told(await there.typed("!whois Wobble"))
    await there.typed("!unlink", alice)


async def test_admins_link_others_and_others_do_not(there: Room, alice: User) -> None:
    boss = there.boss()
    refusal = await there.typed(f"!link Wobbly <@{boss.id}>", alice)
    assert "Only admins link other people" in told(refusal)
    assert there.is_private(refusal)
    assert "Only admins give up" in told(await there.typed(f"!unlink <@{boss.id}>", alice))
    asked = await there.typed(f"!link Wobbly <@{alice.id}>", boss)
    assert f"linked to <@{alice.id}>" in told(asked)
    await there.pressed(asked, "Link them", boss)
    assert await linked(there, alice) == guid(2)
    asked = await there.chosen("link", boss, player="zip", user=alice)
    assert "is given up" in told(asked)
    await there.pressed(asked, "Link them", boss)
    assert await linked(there, alice) == guid(5)
    assert "Unlinked" in told(await there.typed(f"!unlink <@{alice.id}>", boss))
    assert await linked(there, alice) is None


async def test_who_was_quicker_keeps_it(there: Room, alice: User) -> None:
    bob = there.member("bob")
    asked, other = await there.typed("!link Colour", alice), await there.typed("!link Colour", bob)
    await there.pressed(other, "Yes, that is me", bob)
    answer = await there.pressed(asked, "Yes, that is me", alice)
    assert "changed meanwhile" in told(answer)
    assert await linked(there, bob) == guid(3)
    await there.typed("!unlink", bob)


async def test_what_can_not_be_linked(there: Room) -> None:
    asker = there.member()
    assert "Say the name you play under" in told(await there.typed("!link", asker))
    assert "Say the name of the player" in told(await there.typed(f"!link <@{asker.id}>", asker))
    assert "Nobody goes by" in told(await there.typed("!link qqqqqqq", asker))
    assert "a bot of the game" in told(await there.typed("!link OMNIBOT", asker))
    assert "link yourself once" in told(await there.typed("!whois", asker))
    asker = there.member()
    assert "not linked to a player" in told(await there.typed(f"!whois <@{there.root.id}>", asker))
    assert "Nobody is linked" in told(await there.typed("!whois Wobble", asker))


async def test_hostile_names(there: Room) -> None:
    asker = there.member()
    async with there.store.read() as reader:
        keys = [found.player.key for found in await suggest(reader, HOSTILE)]
    asked = await there.typed(f"!link {keys[0]}", asker)
    assert "@everyone" not in told(asked)
    await there.pressed(asked, "Yes, that is me", asker)
    assert "@everyone" not in told(await there.typed("!whois", asker))


async def test_an_empty_database(tmp_path: Path) -> None:
    async with room(tmp_path) as empty:
        for command in ("link somebody", "whois somebody"):
            assert "No round is stored yet" in told(await empty.typed(f"!{command}"))
        assert "There is no link" in told(await empty.typed("!unlink"))
