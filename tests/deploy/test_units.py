"""The unit files of systemd, read as they are, and by systemd where it is."""

import shutil
import subprocess
from pathlib import Path

import pytest

from muster.cli.running import GRACE
from tests.conftest import ROOT

UNITS = ("muster.service", "muster@.service")
HELD_IN = (
    "LockPersonality",
    "NoNewPrivileges",
    "PrivateDevices",
    "PrivateTmp",
    "ProtectClock",
    "ProtectControlGroups",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
)


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Section → key → values. Fails for a line that is none of a unit file."""
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in (ROOT / "deploy" / name).read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        key, sign, value = line.partition("=")
        assert sign, line
        assert key.isalpha(), line
        found.setdefault(section, {}).setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("name", UNITS)
def test_it_starts_again_and_is_held_in(name: str) -> None:
    read = unit(name)
    assert set(read) == {"Unit", "Service", "Install"}
    service = {key: values[-1] for key, values in read["Service"].items()}
    assert service["User"] == "muster"
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert float(service["TimeoutStopSec"]) > GRACE + 1, "a stop stores everything first"
    assert (service["ProtectSystem"], service["ProtectHome"]) == ("strict", "read-only")
    assert service["StateDirectory"] == "muster"
    assert service["CapabilityBoundingSet"] == ""
    assert service["UMask"] == "0077"
    assert {key: service[key] for key in HELD_IN} == dict.fromkeys(HELD_IN, "yes")
    assert not any("PASSWORD" in value or "TOKEN" in value for value in read["Service"]["Environment"])
    only = ["--only", "%i"] if "@" in name else []
    assert service["ExecStart"].split() == ["/opt/muster/.venv/bin/muster", "run", *only]


def test_both_say_the_same() -> None:
    one, other = (unit(name) for name in UNITS)
    differ = {key for key in one["Service"] if one["Service"][key] != other["Service"].get(key)}
    assert differ == {"ExecStart", "Environment"}
    only_one = set(one["Service"]["Environment"]) ^ set(other["Service"]["Environment"])
    assert only_one == {"DATABASE_PATH=/var/lib/muster/muster.db"}, "roles are for PostgreSQL"


@pytest.mark.parametrize("name", ["muster.service", "muster@bot.service"])
def test_systemd_takes_them(name: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed here")
    for each in UNITS:
        text = (ROOT / "deploy" / each).read_text("utf-8")
        (tmp_path / each).write_text(text.replace("/opt/muster/.venv/bin/muster", "/bin/true"))
    done = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if "muster" in line]
    assert (done.returncode, told) == (0, []), done.stderr
