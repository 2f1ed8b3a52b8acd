"""The nation by simulation: `python -m bench.scale`. A day of elections in the cluster, and what breaks first.

Five stages, each with its replicas, as the autoscaler has them: it looks each half minute, wants a replica for every
500 events of lag, and a new one works after another half. What a report costs is measured on this repository
(`_STAGES`, `_DATABASE_MS`, `_RELAY`: docs/scale.md says when and how); the rest is arithmetic in steps of ten seconds,
without chance, so that every run is the same. It knows nothing of networks and disks that are slower than those of the
machine it was measured on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

_STEP = 10
_DAY = 24 * 3600
_LOOK, _START, _COOL = 30, 30, 300
"""Seconds: the autoscaler looks, a replica starts, one more than needed stays."""
_LAG = 500
_STAGES = {
    # Milliseconds of a processor a report, in batches; events a report that its relay publishes.
    "intake": (1.75, 1),
    "verification": (2.2, 4),
    "escalation": (0.86, 1),
    "notification": (1.24, 2),
    "integration": (0.86, 1),
}
_DATABASE_MS = 3.6
"""Milliseconds of the primary's processor a report."""
_RELAY = 3300
"""Events a second of one relay: one replica of a service holds its lease, however many there are."""
_CORE = 0.7
"""What of a core a replica uses before its waits are felt."""


@dataclass(frozen=True)
class Cluster:
    """What there is."""

    most: int = 6
    """Replicas of a service; there are never fewer than two."""
    database_cores: float = 4
    node_cores: float = 24
    """Of all nodes that services run on."""


@dataclass
class Stage:
    """A service: what waits for it, and who works."""

    ms: float
    events: int
    backlog: float = 0
    replicas: int = 2
    coming: list[int] = field(default_factory=list)
    """When each of the replicas that start will work."""
    cool_since: int = 0
    worst: float = 0
    """Seconds that the newest of the backlog had to wait, at worst."""
    most_replicas: int = 2

    def scale(self, at: int, most: int) -> None:
        """As the autoscaler does."""
        self.replicas += sum(each <= at for each in self.coming)
        self.coming = [each for each in self.coming if each > at]
        if at % _LOOK:
            return
        wanted = min(max(2, -(-int(self.backlog) // _LAG)), most)
        have = self.replicas + len(self.coming)
        self.cool_since = at if wanted >= have else self.cool_since
        if wanted > have:
            self.coming += [at + _START] * (wanted - have)
        elif wanted < self.replicas and at - self.cool_since > _COOL:
            self.replicas = wanted
        self.most_replicas = max(self.most_replicas, self.replicas)

    @property
    def rate(self) -> float:
        """Reports a second that its processors and its relay bear."""
        return min(self.replicas * _CORE * 1000 / self.ms, _RELAY / self.events)


@dataclass(frozen=True)
class Result:
    """A day."""

    reports: float
    waits: dict[str, float]
    """Seconds at worst, by stage."""
    replicas: dict[str, int]
    full: dict[str, int]
    """How many seconds something shared was what held all up: the database, the nodes."""


def simulate(load: Callable[[int], float], cluster: Cluster) -> Result:
    """A day under a load (reports a second, by the second of the day)."""
    stages = {name: Stage(ms, events) for name, (ms, events) in _STAGES.items()}
    full, total = {"database": 0, "nodes": 0}, 0.0
    for at in range(0, _DAY, _STEP):
        arriving = load(at) * _STEP
        total += arriving
        share = _share_of_what_is_shared(stages, cluster, full)
        for stage in stages.values():
            stage.scale(at, cluster.most)
            stage.backlog += arriving
            arriving = min(stage.backlog, stage.rate * share * _STEP)
            stage.backlog -= arriving
            stage.worst = max(stage.worst, stage.backlog / max(stage.rate * share, 1e-9))
    waits = {name: each.worst for name, each in stages.items()}
    return Result(total, waits, {name: each.most_replicas for name, each in stages.items()}, full)


def _share_of_what_is_shared(stages: dict[str, Stage], cluster: Cluster, full: dict[str, int]) -> float:
    """What all stages get of what they could do: the database's processors and those of the nodes are everybody's."""
    busy = {name: min(each.rate, each.backlog / _STEP) for name, each in stages.items()}
    database = max(busy.values()) * _DATABASE_MS / 1000 / cluster.database_cores
    nodes = sum(busy[name] * each.ms for name, each in stages.items()) / 1000 / cluster.node_cores
    for name, used in (("database", database), ("nodes", nodes)):
        full[name] += _STEP if used > 1 else 0
    return 1 / max(database, nodes, 1)


def ordinary(at: int) -> float:
    """5,000 reports, most of them by day."""
    return 5000 / _DAY * (1.8 if 7 <= at // 3600 < 20 else 0.1)


def election(at: int) -> float:
    """A million reports, 200 a second of them for an hour in the evening."""
    return 200 if at // 3600 == 19 else 280_000 / (23 * 3600)


def crisis(at: int) -> float:
    """Three provinces burn: 200 a second for three hours, and ten minutes of 800."""
    minutes = at // 60
    return 800 if 19 * 60 <= minutes < 19 * 60 + 10 else 200 if 19 <= at // 3600 < 22 else 3


def limits(cluster: Cluster) -> dict[str, float]:
    """Reports a second that each thing bears, the scarcest first."""
    found = {"the database's processors": cluster.database_cores * 1000 / _DATABASE_MS}
    found["the nodes' processors"] = cluster.node_cores * 1000 / sum(ms for ms, _events in _STAGES.values())
    for name, (ms, events) in _STAGES.items():
        found[f"{name}'s relay, of which there is one"] = _RELAY / events
        found[f"{name}'s replicas"] = cluster.most * _CORE * 1000 / ms
    return dict(sorted(found.items(), key=lambda each: each[1]))


_CLUSTERS = {
    "as the manifests have it": Cluster(),
    "12 replicas, 48 cores, a database of 16": Cluster(most=12, database_cores=16, node_cores=48),
}


def main() -> None:
    """Print."""
    for kind, cluster in _CLUSTERS.items():
        print(kind)
        for name, rate in list(limits(cluster).items())[:4]:
            print(f"  {rate:8,.0f} reports/s: {name}")
        for name, load in (("ordinary day", ordinary), ("election", election), ("crisis", crisis)):
            done = simulate(load, cluster)
            slowest = max(done.waits, key=lambda each: done.waits[each])
            print(f"  {name}: {done.reports:,.0f} reports; at worst {done.waits[slowest]:,.0f} s behind ({slowest}),")
            print(f"    replicas {done.replicas}, full for (s) {done.full}")


if __name__ == "__main__":
    main()
