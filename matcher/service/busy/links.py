"""Signed addresses under which members look after their own calendars, without an account."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from matcher.settings import Settings
from matcher.store.errors import Conflict, NotFound


@dataclass(frozen=True)
class CalendarLinks:
    """Links for one member each, for some days: who has one may add and remove that member's calendars."""

    base_url: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> CalendarLinks:
        """Those of an installation."""
        return cls(settings.base_url, settings.secret)

    def address(self, network: str, member: str, now: datetime, days: int) -> tuple[str, datetime]:
        """The link of a member, and when it ends. Raises `Conflict` without a secret."""
        if not self.secret:
            raise Conflict(
                "Links are signed: set PEERLOOM_SECRET to a long random text and start the service again."
            )
        ends = (now + timedelta(days=days)).replace(microsecond=0)
        payload = json.dumps([network, member, int(ends.timestamp())], ensure_ascii=False).encode()
        return f"{self.base_url}/calendars/{_text(payload)}.{self._signature(payload)}", ends

    def find(self, token: str, now: datetime) -> tuple[str, str]:
        """The network and the member of a link. Raises `NotFound` for one that is forged or has ended."""
        first, _, signature = token.partition(".")
        try:
            payload = base64.b64decode(first + "=" * (-len(first) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise NotFound("link", "...") from None
        if not self.secret or not hmac.compare_digest(self._signature(payload).encode(), signature.encode()):
            raise NotFound("link", "...")
        network, member, ends = json.loads(payload)
        if now >= datetime.fromtimestamp(ends, UTC):
            raise NotFound("link", "...")
        return network, member

    def _signature(self, payload: bytes) -> str:
        """HMAC-SHA256 (RFC 2104), under a name of its own: no other link of ours can stand in for one."""
        return _text(hmac.digest(self.secret.encode(), b"calendars:" + payload, hashlib.sha256))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
