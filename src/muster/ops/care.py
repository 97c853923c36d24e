"""What looks after a running program: how its parts are, its metrics, the night's work, room on disks."""

import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from typing import Any, Final

from muster.community.recorder import Recorder
from muster.community.voice import VoiceCounter
from muster.config import Settings
from muster.ops.disk import DiskGuard
from muster.ops.health import Behind, Checkup, Health, Level, Vital
from muster.ops.keeping import jobs_of
from muster.ops.looks import Looks, folders_of, spill_look
from muster.ops.metrics import Metrics
from muster.ops.night import Night, Schedule
from muster.ops.parts import Part
from muster.ops.roles import ALL, Role, Roles, listed
from muster.rounds.importer import Importer
from muster.store.engine import Store

AWAY: Final = 120.0
"""Seconds without a connection to Discord after which that is said."""

RESTARTS: Final = 5
"""Times an hour that parts which others do without may begin again."""

Purge = Callable[[datetime], Coroutine[Any, Any, str]]


class Care:
    """Looks after one program. What is to be watched is given to it as it is built."""

    def __init__(self, settings: Settings, store: Store, roles: Roles = ALL) -> None:
        self._settings = settings
        self._store = store
        self._roles = roles
        self.process = "run" if roles == ALL else listed(roles)
        self.health = Health()
        self.guard = DiskGuard(folders_of(settings, store), settings.disk_warn_gb, settings.disk_text_gb)
        self.metrics = Metrics(self.health)
        self.purge: Purge | None = None
        looks = Looks(settings, store, self.health, self.guard)
        self.health.look(looks.database)
        self.health.look(looks.disk)

    def importer(self, importer: Importer) -> Importer:
        """Counts what it imports."""

        def timed(seconds: float, rounds: int) -> None:
            self.metrics.imports.observe(seconds)
            self.metrics.rounds.inc(rounds)

        importer.timed = timed
        return importer

    def recorder(self, recorder: Recorder) -> None:
        """Watches the counting of messages, and has it keep no texts where there is no room."""
        recorder.keeps_texts = lambda: self.guard.keeps_texts
        behind = Behind(lambda: sum(recorder.backlog), lambda: recorder.counted, time.monotonic)
        sign = self.health.part("message counter", behind)
        told = 0

        async def counted(_: datetime) -> tuple[Vital, ...]:
            nonlocal told
            self.metrics.messages.inc(recorder.counted - told)
            told = recorder.counted
            return ()

        def more() -> float:
            if recorder.counted != told:
                sign.done()
            return behind()

        sign.lag = more
        self.health.look(counted)
        self.health.look(spill_look(lambda: recorder.backlog[0], lambda: recorder.backlog[1], self.health.figures))

    def voice(self, voice: VoiceCounter) -> None:
        """Watches the counting of voice."""
        sign = self.health.part("voice and members")
        voice.told = lambda why: sign.failed(why) if why else sign.done()

    def gateway(self, latency: Callable[[], float | None]) -> None:
        """Watches the connection to Discord."""
        since = time.monotonic()

        async def look(now: datetime) -> tuple[Vital, ...]:
            nonlocal since
            found = latency()
            if found is None:
                self.health.figures.pop("muster_gateway_latency_seconds", None)
                lag = time.monotonic() - since
                level = Level.FAILING if lag > AWAY else Level.OK
                what = f"no connection for {lag:,.0f} s" if level is not Level.OK else ""
                return (Vital("Discord", level, None, lag, what, "it is tried again by itself" if what else ""),)
            since = time.monotonic()
            self.health.figures["muster_gateway_latency_seconds"] = found
            return (Vital("Discord", Level.OK, now, 0.0),)

        self.health.look(look)

    def parts(self) -> Iterator[Part]:
        """What runs beside the program's own parts."""
        settings = self._settings
        if Role.WRITER in self._roles:
            schedule = Schedule(settings.timezone, settings.maintenance_hour)
            work = list(jobs_of(settings, self._store, self.purge))
            yield Part("nightly maintenance", Night(self._store, schedule, work).run, 0.5, RESTARTS)
        yield Part("checkup", Checkup(self.health, self._store, self.process).run, 0.5, RESTARTS)
        if settings.health_port is not None:
            from muster.ops.endpoint import Endpoint

            endpoint = Endpoint(settings.health_host, settings.health_port, self.health, self.metrics)
            yield Part("health endpoint", endpoint.run, 1.0, RESTARTS)
