"""How fast a channel may go, and when it rests. Time comes in as an argument, in seconds of a monotonic clock."""

from dataclasses import dataclass, field

_OPENS_AFTER = 3
_FIRST_REST = 1.0
_LONGEST_REST = 60.0
_SLOW_SECONDS = 2.0
_REMEMBERED = 20_000


@dataclass
class Bucket:
    """A token bucket: `rate` per second, at most `burst` at once."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def wait(self, at: float, leave: float = 0.0) -> float:
        """Seconds until a token may be taken that leaves `leave` others; 0 takes it."""
        self.tokens = min(self.burst, self.tokens + (at - self.at) * self.rate)
        self.at = at
        if self.tokens - 1 >= leave:
            self.tokens -= 1
            return 0.0
        return (1 + leave - self.tokens) / self.rate


@dataclass
class Breaker:
    """Rests after failures in a row, each time longer; one success closes it."""

    failures: int = 0
    until: float = 0.0

    def fail(self, at: float) -> float:
        """Count a failure; how many seconds to rest."""
        self.failures += 1
        if self.failures < _OPENS_AFTER:
            return 0.0
        rest = min(_FIRST_REST * 2.0 ** (self.failures - _OPENS_AFTER), _LONGEST_REST)
        self.until = at + rest
        return rest

    def succeed(self) -> None:
        """All is well again."""
        self.failures, self.until = 0, 0.0

    def rests(self, at: float) -> bool:
        """Whether it is open."""
        return at < self.until


@dataclass
class Health:
    """What is remembered of a destination."""

    breaker: Breaker = field(default_factory=Breaker)
    bucket: Bucket | None = None


class Destinations:
    """The health of a channel's destinations; the slow share a small part of its places."""

    def __init__(self, seconds_each: float, burst: int) -> None:
        self._seconds = seconds_each
        self._burst = burst
        self._known: dict[str, Health] = {}
        self.slow: set[str] = set()

    def of(self, destination: str) -> Health:
        """What is known of a destination."""
        found = self._known.get(destination)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._forget(next(iter(self._known)))
            bucket = Bucket(1 / self._seconds, self._burst) if self._seconds else None
            found = self._known[destination] = Health(bucket=bucket)
        return found

    def note(self, destination: str, took: float, failed: bool) -> None:
        """Remember how an attempt went: who fails or takes long waits among the slow next time."""
        if failed or took > _SLOW_SECONDS:
            self.slow.add(destination)
        else:
            self.slow.discard(destination)

    def _forget(self, destination: str) -> None:
        self._known.pop(destination)
        self.slow.discard(destination)
