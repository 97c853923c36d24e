"""Settings: where they come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from muster.config import SettingsError, load


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of this machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "DATABASE_URL", "DATABASE_PATH"):
        monkeypatch.delenv(name, raising=False)


def test_without_any_setting_the_database_is_a_file_of_the_user() -> None:
    assert load().url.startswith("sqlite:////")
    assert load().url.endswith("muster.db")


def test_the_environment_weighs_more_than_dotenv_and_that_more_than_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("muster.toml").write_text('timezone = "Asia/Tokyo"\nmin_rounds = 3\nmin_shots = 1\n')
    Path(".env").write_text("MUSTER_MIN_ROUNDS=4\nMUSTER_MIN_SHOTS=2\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("MUSTER_MIN_SHOTS", "5")
    settings = load()
    assert (settings.timezone, settings.min_rounds, settings.min_shots) == ("Asia/Tokyo", 4, 5)


def test_names_of_older_systems_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PATH", "bot/stats.db")
    assert load().url == "sqlite:///bot/stats.db"
    monkeypatch.setenv("PGHOST", "db.example.org")
    monkeypatch.setenv("PGPASSWORD", "p@ss/word")
    monkeypatch.setenv("PGUSER", "bot")
    monkeypatch.setenv("PGDATABASE", "stats")
    assert load().url == "postgresql://bot:p%40ss%2Fword@db.example.org:5432/stats"
    monkeypatch.setenv("PGHOST", "/run/postgresql")
    assert load().url == "postgresql://bot:p%40ss%2Fword@/stats?host=%2Frun%2Fpostgresql&port=5432"


def test_an_unknown_setting_is_named_with_its_line_and_the_nearest_right_one() -> None:
    Path("muster.toml").write_text('# mine\ntimezone = "UTC"\ntimezon = "UTC"\n')
    with pytest.raises(
        SettingsError, match=r"muster.toml, line 3: there is no setting `timezon`; did you mean `timezone`"
    ):
        load()


def test_an_unknown_variable_under_our_prefix_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_TIMEZNE", "UTC")
    with pytest.raises(SettingsError, match=r"no setting `MUSTER_TIMEZNE`; did you mean `MUSTER_TIMEZONE`"):
        load()


def test_a_wrong_value_is_named_without_being_repeated() -> None:
    Path("muster.toml").write_text('min_rounds = "hunter2"\n')
    with pytest.raises(SettingsError, match=r"muster.toml, line 1: `min_rounds`") as caught:
        load()
    assert "hunter2" not in str(caught.value)


def test_a_wrong_name_within_a_server_is_named() -> None:
    Path("muster.toml").write_text('[[servers]]\nname = "main"\ntimezne = "UTC"\n')
    with pytest.raises(SettingsError, match=r"line 3: .*timezne.*did you mean `timezone`"):
        load()


def test_a_secret_in_the_file_is_refused() -> None:
    Path("muster.toml").write_text('pgpassword = "x"\n')
    with pytest.raises(SettingsError, match=r"`pgpassword` is a secret"):
        load()


def test_a_file_that_is_not_toml_is_an_error_with_its_place() -> None:
    Path("muster.toml").write_text("timezone = \n")
    with pytest.raises(SettingsError, match=r"muster.toml: .*line 1"):
        load()


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    assert "hunter2" not in repr(load())


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("postgresql://me@host/db", "postgresql://me:p%40ss%2Fword@host/db"),
        ("postgresql+asyncpg://me@/db?host=/run", "postgresql+asyncpg://me:p%40ss%2Fword@/db?host=/run"),
        ("postgresql://me:own@host/db", "postgresql://me:own@host/db"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("sqlite:///me@host", "sqlite:///me@host"),
    ],
)
def test_a_url_without_password_takes_the_one_that_is_set(url: str, used: str) -> None:
    """`database_url` in muster.toml, the password in .env."""
    Path("muster.toml").write_text(f'database_url = "{url}"\n')
    Path(".env").write_text("PGPASSWORD=p@ss/word\n")
    assert load().url == used


def test_evenings_take_the_names_and_lists_of_older_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATION_ENABLED", "true")
    monkeypatch.setenv("SESSION_END_DELAY", "90")
    for written in ("12,34", "[12, 34]", "12 34"):
        monkeypatch.setenv("GAMING_VOICE_CHANNELS", written)
        settings = load()
        assert (settings.automation_enabled, settings.session_end_delay) == (True, 90)
        assert settings.gaming_voice_channels == [12, 34]
    assert (settings.session_start_threshold, settings.session_end_threshold) == (6, 2)


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("SESSION_END_THRESHOLD", "7", "would flap"),
        ("MUSTER_SESSION_START_AT", "8 pm", "session_start_at"),
        ("MUSTER_SESSION_TIMEZONE", "Mars/Olympus", "such as Europe/Berlin"),
        ("GAMING_VOICE_CHANNELS", "lobby", "gaming_voice_channels"),
    ],
)
def test_a_wrong_setting_of_evenings_is_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=part):
        load()
