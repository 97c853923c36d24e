"""The container's recipe and the two compose files, read as they are, and by docker where it is."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import generate
from tests.conftest import ROOT

FILES = ("compose.yaml", "compose.postgres.yaml")


def composed(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return found


def services() -> list[tuple[str, dict[str, Any]]]:
    """Every service with what both files say of it."""
    base, more = (composed(name)["services"] for name in FILES)
    return [
        *((f"alone {name}", base[name]) for name in base),
        *((name, {**base.get(name, {}), **more[name]}) for name in more),
    ]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, a line each."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def test_base_images_are_pinned() -> None:
    images = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    images += [service["image"] for _, service in services() if service.get("image") not in (None, "muster:local")]
    assert len(images) >= 3
    for image in images:
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z-]+", image), f"{image}: name a version"
        assert "/" not in image


def test_what_is_installed_is_what_the_lock_says() -> None:
    runs = [rest for word, rest in instructions() if word == "RUN"]
    (fetched,) = [run for run in runs if "pip download" in run]
    assert "--require-hashes" in fetched
    assert "requirements.lock" in fetched
    (installed,) = [run for run in runs if "pip install" in run]
    assert "--no-index" in installed
    assert "http" not in (ROOT / "Dockerfile").read_text("utf-8")


def test_it_runs_as_nobody_in_particular_and_is_looked_at() -> None:
    last = dict(instructions())
    assert last["USER"] == "muster"
    assert 'CMD ["muster", "doctor", "--local"]' in last["HEALTHCHECK"]
    assert (last["ENTRYPOINT"], last["CMD"]) == ('["muster"]', '["run"]')
    words = [word for word, _ in instructions()]
    assert words.index("USER") < words.index("ENTRYPOINT"), "not root when it starts"
    assert last["VOLUME"] == "/data"


def test_nothing_secret_gets_into_the_image() -> None:
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in kept
    assert sorted(line for line in kept if line.startswith("!")) == [
        "!LICENSE",
        "!README.md",
        "!pyproject.toml",
        "!requirements.lock",
        "!src",
    ]
    copied = [word for instruction, rest in instructions() if instruction == "COPY" for word in rest.split()[:-1]]
    assert {word for word in copied if not word.startswith(("--", "/"))} == {
        line[1:] for line in kept if line.startswith("!")
    }


@pytest.mark.parametrize(("name", "service"), services(), ids=[name for name, _ in services()])
def test_every_service_is_held_in(name: str, service: dict[str, Any]) -> None:
    assert service["restart"] == "unless-stopped"
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:"), f"{port} would be open to the network"
    if service.get("image") == "muster:local":
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["read_only"] is True
        assert service["env_file"] == ".env"
        assert service["stop_grace_period"] == "15s", "a stop takes up to 10 s"
        assert "data:/data" in service["volumes"]
        assert "./muster.toml:/config/muster.toml:ro" in service["volumes"]


def test_every_role_runs_once_beside_postgresql() -> None:
    from muster.ops.roles import Role

    commands = [service["command"] for _, service in services() if "command" in service]
    assert sorted(commands) == sorted(["run", "--only", str(role)] for role in Role)
    postgres = composed("compose.postgres.yaml")["services"]["postgres"]
    assert "ports" not in postgres
    assert postgres["environment"]["POSTGRES_PASSWORD"].startswith("${PGPASSWORD:?")
    for _, service in services():
        if "command" in service:
            assert service["environment"]["PGHOST"] == "postgres"
            assert service["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_every_setting_they_name_is_one() -> None:
    text = "".join((ROOT / name).read_text("utf-8") for name in (*FILES, "Dockerfile", "deploy/muster.service"))
    known = set(re.findall(r"`([A-Z_]+)`", generate.settings()))
    named = set(re.findall(r"\b(?:MUSTER_[A-Z_]+|DATABASE_[A-Z]+|PG[A-Z]{4,}|DISCORD_[A-Z_]+)\b", text))
    assert {"MUSTER_PUSH_HOST", "DATABASE_PATH", "PGHOST", "PGPASSWORD", "DISCORD_TOKEN"} <= named
    assert named <= known


@pytest.mark.parametrize("files", [FILES[:1], FILES], ids=["sqlite", "postgresql"])
def test_docker_takes_them(files: tuple[str, ...], tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed here")
    for name in (*files, "Dockerfile"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".env").write_text("PGPASSWORD='hush'\nDISCORD_TOKEN='a.b.c'\n")
    (tmp_path / "muster.toml").write_text("")
    command = [docker, "compose", *(word for name in files for word in ("-f", name)), "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
