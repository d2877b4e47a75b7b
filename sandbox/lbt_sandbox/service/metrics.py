"""Counts of what the service does, in the text form that Prometheus reads. Pure.

metrics.add("lbt_requests_total", route="/run_code", status="200")
metrics.observe("lbt_wait_seconds", 0.12)
metrics.text({"lbt_queue_waiting": 3})
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
COUNTERS = {
    "lbt_requests_total": "Requests answered, by route and status.",
    "lbt_verdicts_total": "Verdicts on submissions.",
    "lbt_no_verdict_total": "Submissions without a verdict, by reason: overload, late, failed, unavailable.",
    "lbt_recognised_total": "Requests whose tests were read out of the program, by form.",
}
HISTOGRAMS = {
    "lbt_wait_seconds": "How long submissions waited for their turn.",
    "lbt_run_seconds": "How long submissions ran.",
}
GAUGES = {
    "lbt_queue_waiting": "Submissions that wait.",
    "lbt_queue_running": "Submissions that run.",
    "lbt_request_bytes": "Bytes of requests that are held.",
    "lbt_worker_starts_total": "Workers of the sandbox started, replacements included.",
    "lbt_workers": "Workers that there should be.",
    "lbt_draining": "1 while the service ends.",
    "process_resident_memory_bytes": "Memory of the service's process.",
    "process_cpu_seconds_total": "CPU time of the service's process.",
}


class _Histogram:
    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(BUCKETS, value)] += 1
        self.sum += value

    def lines(self, name: str) -> list[str]:
        total, lines = 0, list[str]()
        for edge, count in zip([*map(str, BUCKETS), "+Inf"], self.counts, strict=True):
            total += count
            lines.append(f'{name}_bucket{{le="{edge}"}} {total}')
        return [*lines, f"{name}_sum {self.sum:.6f}", f"{name}_count {total}"]


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {name: {} for name in COUNTERS}
        self._histograms = {name: _Histogram() for name in HISTOGRAMS}

    def add(self, name: str, count: int = 1, **labels: str) -> None:
        """Count something that has happened."""
        key = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
        self._counts[name][key] = self._counts[name].get(key, 0) + count

    def observe(self, name: str, seconds: float) -> None:
        """Take a duration."""
        self._histograms[name].add(seconds)

    def text(self, gauges: Mapping[str, float]) -> str:
        """Everything, with the state as it is now."""
        lines: list[str] = []
        for name, counts in self._counts.items():
            lines += _head(name, COUNTERS[name], "counter")
            lines += [f"{name}{{{labels}}} {count}" for labels, count in counts.items()]
        for name, histogram in self._histograms.items():
            lines += [*_head(name, HISTOGRAMS[name], "histogram"), *histogram.lines(name)]
        for name, value in gauges.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [*_head(name, GAUGES[name], kind), f"{name} {value:g}" if value < 1e6 else f"{name} {value:.0f}"]
        return "\n".join(lines) + "\n"


def _head(name: str, meaning: str, kind: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
