"""Fits arrived rounds into their evenings and writes what that changes.

An evening is the unit: pairs, teams, matches and the session itself depend on the rounds of one evening and
nothing else. So every evening that gained or lost a round is arranged anew from sorted times, and only the
difference to what is stored is written. That makes the result independent of the order of arrival.
"""

import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from muster.model.colours import clean
from muster.model.rounds import DerivedRound, Outcome, RoundFile, Status
from muster.rounds.derive import derive
from muster.rounds.importer import records
from muster.rounds.importer import rows as to_rows
from muster.rounds.importer.records import Arrival
from muster.rounds.matches import Half, Session, arrange
from muster.rounds.pairing import SESSION_GAP, Head, Placement, evenings, head_of, pair
from muster.rounds.parse import Rejected
from muster.rounds.reading import reopen
from muster.store import evenings as stored
from muster.store import files, people
from muster.store.engine import Writer
from muster.store.evenings import RoundRow, StandRow
from muster.store.files import Server
from muster.store.rollups import Delta
from muster.store.schema import player_stats, rounds, weapon_stats


class Settled(msgspec.Struct, frozen=True):
    """What a settlement did. `first_match` is the earliest match whose ratings are not what they were."""

    first_match: tuple[datetime, str] | None
    appended: bool
    """False where a stored match went or changed, True where matches only came."""
    played: tuple[str, ...]
    """Files of the arrived rounds that have players."""


class _Round:
    """One round of an evening on its way: as stored, as arrived, as derived."""

    def __init__(self, head: Head, row: RoundRow | None, arrival: Arrival | None) -> None:
        self.head = head
        self.row = row
        self.arrival = arrival
        self.place = Placement(Status.EMPTY)
        self.derived: DerivedRound | None = None
        self.stands: list[StandRow] = []

    @property
    def moved(self) -> bool:
        """True where the round is new or its place changed."""
        if self.arrival is not None or self.row is None:
            return True
        return (self.row.status, self.row.partner) != (self.place.status.value, self.place.partner)

    @property
    def rewritten(self) -> bool:
        """True where player rows must be written. A round 1 says the same beside any partner."""
        return self.arrival is not None or (self.derived is not None and self.head.round == 2)

    @property
    def defender(self) -> int:
        """The side that defends."""
        return self.new_arrival.file.header.defender if self.row is None else self.row.defender

    @property
    def new_arrival(self) -> Arrival:
        """The file of a round that is not stored yet."""
        assert self.arrival is not None
        return self.arrival


async def settle(
    writer: Writer, server: Server, arrivals: Sequence[Arrival], gone: Sequence[RoundRow], delta: Delta
) -> Settled:
    """Stores arrived rounds of one server, takes gone ones away, and re-arranges the evenings concerned."""
    return await _Settlement(writer, server, delta).run(arrivals, gone)


class _Settlement:
    def __init__(self, writer: Writer, server: Server, delta: Delta) -> None:
        self.writer = writer
        self.server = server
        self.delta = delta
        self.ids: dict[str, int] = {}
        self.sightings: list[people.Sighting] = []
        self.forgotten: set[int] = set()

    async def run(self, arrivals: Sequence[Arrival], gone: Sequence[RoundRow]) -> Settled:
        """The whole settlement."""
        spans = _spans([*(a.played_at for a in arrivals), *(row.played_at for row in gone)])
        gone_ids = {row.id for row in gone}
        near = await stored.rounds_near(self.writer, self.server.id, spans, SESSION_GAP)
        kept = [row for row in near if row.id not in gone_ids]
        here = [_Round(to_rows.head_of_row(row), row, None) for row in kept]
        here += [_Round(head_of(a.file, a.played_at), None, a) for a in arrivals]
        groups = _grouped(here)
        for group in groups:
            places = pair([r.head for r in group])
            for r in group:
                r.place = places[r.head.file]
        await self._derive(here)
        await self._load_stands(here)
        await self._know_players(here)
        sessions = [self._arrange(group) for group in groups]
        await self._take_away(gone)
        await self._write_rounds(here, groups, sessions)
        old_sessions = sorted({row.session_id for row in (*kept, *gone) if row.session_id})
        first, appended = await self._write_sessions(old_sessions, sessions)
        await self._write_names()
        return Settled(first, appended, tuple(a.file.name.file for a in arrivals if a.file.players))

    async def _derive(self, here: Iterable[_Round]) -> None:
        """Derives every round that is new or whose place changed."""
        by_file = {r.head.file: r for r in here}
        # A round 2 is derived from its round 1: another content of that is another round 2.
        moved = [
            r
            for r in by_file.values()
            if r.moved or (r.head.round == 2 and r.place.partner and by_file[r.place.partner].arrival is not None)
        ]
        needed = {r.head.file: r for r in moved}
        for r in moved:
            if r.head.round == 2 and r.place.partner:
                needed[r.place.partner] = by_file[r.place.partner]
        opened = await self._open(needed.values())
        for r in moved:
            if r.place.partner and not {r.head.file, r.place.partner} & needed.keys() <= opened.keys():
                _part(r, by_file[r.place.partner])
        for r in moved:
            if r.head.file in opened:
                other = r.place.partner if r.head.round == 2 else None
                beside = by_file[other].arrival if other else None
                likely = r.arrival.likely if r.arrival else None
                if likely is not None and likely.holds(r.place, beside.sha256 if beside else None):
                    r.derived = likely.derived
                else:
                    r.derived = derive(opened[r.head.file], opened[other] if other else None, r.place.status)

    async def _open(self, wanted: Iterable[_Round]) -> dict[str, RoundFile]:
        """The files of rounds: as arrived, or from the store, where they can still be read."""
        wanted = list(wanted)
        opened = {r.head.file: r.arrival.file for r in wanted if r.arrival is not None}
        packed = await files.contents(self.writer, [r.row.file_id for r in wanted if r.row is not None])
        for r in wanted:
            if r.row is not None:
                with suppress(Rejected, zlib.error):
                    opened[r.head.file] = reopen(r.row.file, packed[r.row.file_id])
        return opened

    async def _load_stands(self, here: Iterable[_Round]) -> None:
        resting = {r.row.id: r for r in here if r.row is not None and not r.rewritten}
        for round_id, stands in (await stored.stands_of(self.writer, list(resting))).items():
            resting[round_id].stands = stands

    async def _know_players(self, here: Iterable[_Round]) -> None:
        """Ids of everybody in these rounds; newcomers are stored."""
        names: dict[str, str] = {}
        for r in here:
            for stand in r.stands:
                self.ids[stand.key] = stand.player_id
            if r.rewritten and r.derived is not None:
                names.update((row.key, row.name) for row in r.derived.rows)
        unknown = [key for key in names if key not in self.ids]
        self.ids.update(await people.ids_of(self.writer, unknown))
        newcomers = [
            (key, key.partition(":")[0], ":" in key, clean(names[key]))
            for key in sorted(unknown)
            if key not in self.ids
        ]
        if newcomers:
            self.ids.update(await people.add_people(self.writer, newcomers))

    def _arrange(self, group: Sequence[_Round]) -> Session:
        halves: list[Half] = []
        for r in group:
            if r.derived is not None:
                derived = r.derived
                stands = tuple(to_rows.stand_of(row) for row in derived.rows)
                half = Half(r.head, r.place, r.defender, derived.outcome, derived.seconds, derived.valid, stands)
            else:
                assert r.row is not None
                stands = tuple(to_rows.stand_of_row(stand) for stand in r.stands)
                outcome = Outcome(r.row.outcome) if r.row.outcome else None
                half = Half(r.head, r.place, r.defender, outcome, r.row.seconds, r.row.valid, stands)
            halves.append(half)
        return arrange(halves, self.server.name)

    async def _take_away(self, gone: Sequence[RoundRow]) -> None:
        if not gone:
            return
        for stands in (await stored.stands_of(self.writer, [row.id for row in gone])).values():
            self.forgotten.update(stand.player_id for stand in stands)
        await self._uncount([row for row in gone if row.valid])
        await stored.remove_rounds(self.writer, [row.id for row in gone])

    async def _uncount(self, rows: Sequence[RoundRow], sign: int = -1) -> None:
        """Takes stored rounds out of the rollups, or adds them."""
        ids = [row.id for row in rows]
        samples = await stored.sample_rows(self.writer, ids)
        weapons: dict[int, dict[int, list[tuple[int, ...]]]] = {}
        for round_id, player_id, *numbers in await stored.weapon_rows(self.writer, ids):
            weapons.setdefault(round_id, {}).setdefault(player_id, []).append(tuple(numbers))
        for row in rows:
            to_rows.add_round(self.delta, sign, row, samples.get(row.id, []), weapons.get(row.id, {}).items())

    async def _write_rounds(
        self, here: Sequence[_Round], groups: Sequence[Sequence[_Round]], sessions: Sequence[Session]
    ) -> None:
        session_of = {r.head.file: s for group, s in zip(groups, sessions, strict=True) for r in group}
        match_of = {half.head.file: m.match_id for s in sessions for m in s.matches for half in (m.first, m.second)}
        new_id = await files.next_id(self.writer, rounds)
        changed: list[tuple[RoundRow, RoundRow]] = []
        added: list[RoundRow] = []
        for r in here:
            session = session_of.get(r.head.file)
            row = r.row or records.new_round(r.new_arrival, new_id, self.server.id)
            row = records.round_row(row, r.place, r.derived, session, match_of.get(r.head.file))
            if r.row is None:
                new_id += 1
                added.append(row)
            elif row != r.row or r.rewritten:
                changed.append((r.row, row))
            r.row, before = row, r.row
            await self._write_resting(r, before, session)
        await self._recount(here, changed)
        await stored.replace_rounds(self.writer, [row for _, row in changed])
        await stored.add_rounds(self.writer, added)
        await self._write_players(here, session_of, {row.id for row in added})

    async def _write_resting(self, r: _Round, before: RoundRow | None, session: Session | None) -> None:
        """Team changes of a round whose rows stay."""
        if before is None or r.rewritten or session is None:
            return
        changes = []
        for stand in r.stands:
            team = to_rows.with_team(stand.flags, session.membership(r.head.file, stand.key))
            if team != (stand.team, stand.confidence, stand.flags):
                changes.append((stand.round_id, stand.player_id, *team))
        await stored.set_teams(self.writer, changes)

    async def _recount(self, here: Sequence[_Round], changed: Sequence[tuple[RoundRow, RoundRow]]) -> None:
        """Rollups of stored rounds whose rows or validity change."""
        rewritten = {r.row.id for r in here if r.row is not None and r.rewritten}
        await self._uncount([old for old, new in changed if old.valid and (new.id in rewritten or not new.valid)])
        await self._uncount(
            [new for old, new in changed if new.valid and not old.valid and new.id not in rewritten], sign=1
        )

    async def _write_players(self, here: Iterable[_Round], session_of: dict[str, Session], new: set[int]) -> None:
        """Player and weapon rows of new and re-derived rounds, their rollups and the names seen."""
        player_rows: list[tuple[object, ...]] = []
        weapon_rows: list[tuple[int, ...]] = []
        replaced: list[int] = []
        for r in here:
            if r.derived is None or not r.rewritten or r.row is None:
                continue
            round_id = r.row.id
            if round_id in new:
                self._see(r.derived, r.row)
            else:
                replaced.append(round_id)
                self.forgotten.update(self.ids[row.key] for row in r.derived.rows)
            session = session_of.get(r.head.file)
            counted = []
            for row in r.derived.rows:
                player_id = self.ids[row.key]
                membership = session.membership(r.head.file, row.key) if session else None
                columns = to_rows.columns_of(row)
                player_rows.append(to_rows.player_row(round_id, player_id, row, membership, columns))
                weapon_rows += [(round_id, player_id, *weapon) for weapon in row.weapons]
                counted.append((player_id, row.side, columns))
            if r.row.valid:
                weapons = [(self.ids[row.key], row.weapons) for row in r.derived.rows]
                to_rows.add_round(self.delta, 1, r.row, counted, weapons)
        for stands in (await stored.stands_of(self.writer, replaced)).values():
            self.forgotten.update(stand.player_id for stand in stands)
        await stored.remove_rows(self.writer, replaced)
        await self.writer.insert(player_stats, player_rows)
        await self.writer.insert(weapon_stats, weapon_rows)

    def _see(self, derived: DerivedRound, row: RoundRow) -> None:
        self.sightings += [
            people.Sighting(self.ids[player.key], clean(player.name), row.played_at) for player in derived.rows
        ]

    async def _write_names(self) -> None:
        if self.forgotten:
            ids = sorted(self.forgotten)
            self.sightings = [sighting for sighting in self.sightings if sighting.player_id not in self.forgotten]
            names = await people.written_names(self.writer, ids)
            await people.recount_names(self.writer, ids, {name: clean(name) for name in names})
        await people.note_names(self.writer, self.sightings)

    async def _write_sessions(
        self, old_ids: Sequence[str], sessions: Sequence[Session]
    ) -> tuple[tuple[datetime, str] | None, bool]:
        """Sessions and matches; returns the earliest match that concerns ratings."""
        before = {row.session_id: row for row in await stored.sessions_of(self.writer, old_ids)}
        after = {session.session_id: records.session_row(session, self.server.id) for session in sessions}
        same = {key for key, row in after.items() if before.get(key) == row}
        await stored.replace_sessions(
            self.writer,
            [key for key in before if key not in same],
            [row for key, row in after.items() if key not in same],
        )
        old = await stored.matches_of(self.writer, old_ids)
        new = {
            match.match_id: records.match_rows(match, session, self.server.id, self.ids)
            for session in sessions
            for match in session.matches
        }
        kept = {key for key, rows in new.items() if key in old and records.unrated(*old[key]) == rows}
        gone = [key for key in old if key not in kept]
        added = {key: rows for key, rows in new.items() if key not in kept}
        await stored.replace_matches(
            self.writer,
            gone,
            [match for match, _ in added.values()],
            [player for _, roster in added.values() for player in roster],
        )
        concerned = [old[key][0] for key in gone] + [match for match, _ in added.values()]
        first = min(((match.played_at, match.match_id) for match in concerned if match.valid), default=None)
        return first, not gone


def _part(*pair: _Round) -> None:
    """Leaves two rounds alone that belong together, because a stored one can't be read: until a rebuild it stays."""
    for r in pair:
        alone = Status.ORPHAN_R2 if r.head.round == 2 and r.head.carries else Status.SINGLE
        r.place = Placement(alone) if r.row is None else Placement(Status(r.row.status), r.row.partner)


def _grouped(here: Iterable[_Round]) -> list[list[_Round]]:
    by_file = {r.head.file: r for r in here}
    return [[by_file[head.file] for head in evening] for evening in evenings(r.head for r in by_file.values())]


def _spans(moments: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Stretches of time without a gap longer than a session's."""
    spans: list[tuple[datetime, datetime]] = []
    for moment in sorted(moments):
        if spans and moment - spans[-1][1] <= SESSION_GAP:
            spans[-1] = (spans[-1][0], moment)
        else:
            spans.append((moment, moment))
    return spans
