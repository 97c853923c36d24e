"""Rate limits as Discord counts them: a bucket for each route and major parameter, and one for everything."""

import time
from dataclasses import dataclass
from hashlib import md5


@dataclass(frozen=True, slots=True)
class Rule:
    """So many requests in so many seconds."""

    limit: int
    per: float


GENEROUS = Rule(1_000_000, 1.0)  # more than any test has in flight: discord.py slows down when it comes near

# What the real one was seen to allow. It may change any day; a client must read the headers.
LIKE_DISCORD = {
    "POST /channels/{channel}/messages": Rule(5, 5.0),
    "PATCH /channels/{channel}/messages/{message}": Rule(5, 5.0),
    "DELETE /channels/{channel}/messages/{message}": Rule(5, 1.0),
    "GET /channels/{channel}/messages": Rule(50, 10.0),
    "POST /channels/{channel}/messages/bulk-delete": Rule(1, 3.0),
    "POST /channels/{channel}/typing": Rule(5, 5.0),
    "PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me": Rule(1, 0.25),
    "POST /webhooks/{webhook}/{token}": Rule(5, 2.0),
    "PUT /applications/{application}/commands": Rule(2, 60.0),
    "PUT /applications/{application}/guilds/{guild}/commands": Rule(2, 60.0),
}
GLOBAL_LIKE_DISCORD = Rule(50, 1.0)


@dataclass(slots=True)
class Window:
    started: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    headers: dict[str, str]
    retry_after: float | None = None  # set: 429
    is_global: bool = False


class Throttle:
    """Generous until told otherwise: `limits.like_discord()` or `limits.rules[route] = Rule(…)`."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self.global_rule: Rule | None = None
        self.refused = 0
        self._windows: dict[tuple[str, str], Window] = {}

    def like_discord(self) -> None:
        self.rules |= LIKE_DISCORD
        self.global_rule = GLOBAL_LIKE_DISCORD

    def take(self, route: str, major: str, *, counts_globally: bool) -> Verdict:
        now = time.monotonic()
        if self.global_rule is not None and counts_globally:
            window = self._window("*", "", self.global_rule, now)
            if window.used >= self.global_rule.limit:
                self.refused += 1
                return self.refusal(max(0.001, window.started + self.global_rule.per - now), is_global=True)
            window.used += 1
        rule = self.rules.get(route, GENEROUS)
        window = self._window(route, major, rule, now)
        left = max(0.001, window.started + rule.per - now)
        if window.used >= rule.limit:
            self.refused += 1
            return self.refusal(left, headers=self._headers(route, rule, 0, left))
        window.used += 1
        return Verdict(self._headers(route, rule, rule.limit - window.used, left))

    @staticmethod
    def refusal(retry_after: float, *, is_global: bool = False, headers: dict[str, str] | None = None) -> Verdict:
        """A 429. The Via header matters: without it discord.py takes the answer for a ban."""
        scope = (
            {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            if is_global
            else {"X-RateLimit-Scope": "user"}
        )
        out = {**(headers or {}), **scope, "Retry-After": str(max(1, round(retry_after))), "Via": "1.1 simulator"}
        return Verdict(out, retry_after, is_global)

    def _window(self, route: str, major: str, rule: Rule, now: float) -> Window:
        window = self._windows.get((route, major))
        if window is None or now - window.started >= rule.per:
            window = self._windows[route, major] = Window(now)
        return window

    @staticmethod
    def _headers(route: str, rule: Rule, remaining: int, left: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": md5(route.encode(), usedforsecurity=False).hexdigest(),
        }
