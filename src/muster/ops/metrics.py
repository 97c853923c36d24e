"""What is counted and measured of the running program, for Prometheus, in a registry of its own."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric

from muster.ops.health import Health, Level

FIGURES: Final = {
    "muster_messages_pending": "messages that wait in memory to be stored",
    "muster_spill_bytes": "bytes of messages that wait on disk for the database",
    "muster_posts_waiting": "posts that are due and not sent",
    "muster_posts_parked": "posts that were laid aside or given up, because their channel takes nothing",
    "muster_gateway_latency_seconds": "time between a heartbeat to Discord and its answer",
    "muster_backup_age_seconds": "time since the newest backup that was restored and compared",
    "muster_database_bytes": "size of the database",
    "muster_database_answer_seconds": "time that the database took for a small question",
    "muster_disk_free_bytes": "room left on the fullest disk that Muster writes to",
    "muster_incidents_open": "things that admins were told of and that are not over",
}
"""What is looked up: by name, in the unit of the name."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series a counter, which nobody asks for

_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counters that grow, and what is known of the parts whenever somebody asks."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self.registry = CollectorRegistry()
        self.rounds = Counter("muster_rounds_imported", "rounds that were imported", registry=self.registry)
        self.imports = Histogram(
            "muster_import_seconds",
            "time from the start of a transaction with rounds to its commit",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.messages = Counter("muster_messages_counted", "messages that were counted", registry=self.registry)
        ProcessCollector(registry=self.registry)
        self.registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """What is looked up, as it was when it was last looked."""
        state = self._health.latest
        for name, meaning in FIGURES.items():
            if name in state.figures:
                yield GaugeMetricFamily(name, meaning, value=state.figures[name])
        ok = GaugeMetricFamily("muster_part_ok", "1 where a part is as it has to be", labels=("part",))
        lag = GaugeMetricFamily("muster_part_lag_seconds", "how far behind a part is", labels=("part",))
        done = GaugeMetricFamily(
            "muster_part_done_timestamp_seconds", "when a part last did its work", labels=("part",)
        )
        for vital in state.vitals:
            ok.add_metric((vital.part,), float(vital.level is Level.OK))
            if vital.lag is not None:
                lag.add_metric((vital.part,), vital.lag)
            if vital.done is not None:
                done.add_metric((vital.part,), vital.done.timestamp())
        yield from (ok, lag, done)

    def text(self) -> bytes:
        """Everything, in Prometheus's text format."""
        return generate_latest(self.registry)
