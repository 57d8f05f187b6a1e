"""Ids that the service makes, and secrets that it shows once."""

from __future__ import annotations

import hashlib
import secrets
import time
from threading import Lock

_lock = Lock()
_last = 0
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(kind: str) -> str:
    """A fresh id such as "plan_01j...": the time it was made (ms), then 80 random bits (Crockford base 32, as
    in ULIDs). Those of one process sort in the order in which they were made."""
    global _last
    with _lock:
        number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
        if number >> 80 == _last >> 80:  # within a millisecond: the next one, as monotonic ULIDs do
            number = _last + 1
        _last = number
    digits = []
    for _ in range(26):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return f"{kind}_{''.join(reversed(digits))}"


def new_secret(prefix: str = "") -> str:
    """32 random bytes in URL-safe base 64, after `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """What is stored of a secret: SHA-256, in hex. Secrets of 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
