"""Rounds derived ahead, in the process that reads them: as if the files of a portion were all there are.

Whoever knows what else there is compares places, and derives anew what turns out to stand elsewhere.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC

import msgspec

from muster.model.rounds import DerivedRound, RoundFile
from muster.rounds.derive import derive
from muster.rounds.pairing import Placement, evenings, head_of, pair

FEW = 10
"""Files that are derived where they are stored: their partners are most likely there already."""


class Likely(msgspec.Struct, frozen=True):
    """A round as it is if it has this place, beside a partner of this content."""

    place: Placement
    partner: bytes | None
    derived: DerivedRound

    def holds(self, place: Placement, partner: bytes | None) -> bool:
        """Whether the round turned out to be that one. A round 1 says the same beside any partner."""
        return self.place == place and self.partner in (None, partner)


def likely(files: Sequence[tuple[bytes, RoundFile]]) -> dict[bytes, Likely]:
    """Derives the rounds of these files beside each other, by the hash of their content."""
    if len(files) <= FEW:
        return {}
    names = Counter(file.name.file for _, file in files)
    # Of two contents under one name only one is a round: which one, is decided later.
    by_name = {file.name.file: (sha256, file) for sha256, file in files if names[file.name.file] == 1}
    heads = [head_of(file, file.name.stamp.replace(tzinfo=UTC)) for _, file in by_name.values()]
    found: dict[bytes, Likely] = {}
    for evening in evenings(heads):
        for name, place in pair(evening).items():
            sha256, file = by_name[name]
            partner = by_name[place.partner] if file.header.round == 2 and place.partner else None
            derived = derive(file, partner[1] if partner else None, place.status)
            found[sha256] = Likely(place, partner[0] if partner else None, derived)
    return found
