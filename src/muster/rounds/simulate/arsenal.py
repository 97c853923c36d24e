"""Weapons by index, and what a player of each role has in his hands when somebody falls."""

WEAPONS = (
    "KNIFE", "KNIFE_KBAR", "LUGER", "COLT", "MP40", "THOMPSON", "STEN", "FG42", "PANZERFAUST", "BAZOOKA",
    "FLAMETHROWER", "GRENADE", "MORTAR", "MORTAR2", "DYNAMITE", "AIRSTRIKE", "ARTILLERY", "SATCHEL",
    "GRENADELAUNCHER", "LANDMINE", "MG42", "BROWNING", "CARBINE", "KAR98", "GARAND", "K43", "MP34", "SYRINGE",
)  # fmt: skip
NUMBER = {name: index for index, name in enumerate(WEAPONS)}
GUNS = frozenset((2, 3, 4, 5, 6, 7, 22, 23, 24, 25, 26))
"""Weapons with headshots."""
MACHINE_GUNS = frozenset((10, 20, 21))

GRENADE, DYNAMITE, SYRINGE = 11, 14, 27
KNIFE = {1: 0, 2: 1}
PISTOL = {1: 2, 2: 3}
"""By side: 1 Axis, 2 Allies."""
HITS, SHOTS, KILLS, DEATHS, HEADSHOTS = range(5)

SLOTS = 48
_ALLIED = {"LUGER": "COLT", "MP40": "THOMPSON", "PANZERFAUST": "BAZOOKA", "MORTAR2": "MORTAR",
                   "MG42": "BROWNING", "KAR98": "CARBINE", "K43": "GARAND", "KNIFE": "KNIFE_KBAR"}  # fmt: skip

# Shares of 48 kills, in the Axis' names; the rest go to the main gun. "enemy": the other side's gun, off the dead.
_SHARES: dict[tuple[str, str], tuple[str, dict[str, int]]] = {
    ("medic", "smg"): ("MP40", {"enemy": 4, "LUGER": 4, "GRENADE": 5}),
    ("engineer", "smg"): ("MP40", {"enemy": 4, "LUGER": 3, "GRENADE": 7, "LANDMINE": 2, "DYNAMITE": 1}),
    ("engineer", "rifle"): ("KAR98", {"enemy": 2, "LUGER": 6, "GRENADE": 4, "GRENADELAUNCHER": 18, "LANDMINE": 1}),
    ("fieldop", "smg"): ("MP40", {"enemy": 3, "LUGER": 3, "GRENADE": 5, "AIRSTRIKE": 6, "ARTILLERY": 7}),
    ("soldier", "panzer"): ("PANZERFAUST", {"MP40": 14, "LUGER": 4, "GRENADE": 4}),
    ("soldier", "machine gun"): ("MG42", {"enemy": 3, "MP40": 8, "LUGER": 5, "GRENADE": 3}),
    ("soldier", "mortar"): ("MORTAR2", {"LUGER": 7, "MP40": 6, "GRENADE": 2, "KNIFE": 1}),
    ("soldier", "flamer"): ("FLAMETHROWER", {"MP40": 10, "LUGER": 5, "GRENADE": 4}),
    ("covert", "sten"): ("STEN", {"MP34": 8, "enemy": 3, "LUGER": 4, "GRENADE": 4, "SATCHEL": 4, "KNIFE": 1}),
    ("covert", "sniper"): ("K43", {"FG42": 9, "enemy": 2, "LUGER": 5, "GRENADE": 3, "SATCHEL": 4, "KNIFE": 1}),
}


def _loadout(style: tuple[str, str], side: int) -> tuple[int, ...]:
    main, shares = _SHARES[style]
    names = [name for name, share in shares.items() for _ in range(share)]
    names += [main] * (SLOTS - len(names))
    enemy = "THOMPSON" if side == 1 else "MP40"
    if side == 2:
        names = [_ALLIED.get(name, name) for name in names]
    return tuple(NUMBER[enemy if name == "enemy" else name] for name in names)


LOADOUTS = {(style, side): _loadout(style, side) for style in _SHARES for side in (1, 2)}
"""(role, style), side → 48 weapon indices: one drawn at random is the weapon of a kill."""
