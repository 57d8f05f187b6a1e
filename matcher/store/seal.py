"""Secrets that are used again, such as calendars' addresses: of no use to who has the database alone."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from matcher.store.errors import Conflict

_NONCE_BYTES = 12


class Unsealable(Exception):
    """Text that was sealed under another secret, for another row, or was changed."""


@dataclass(frozen=True)
class Seal:
    """AES-256-GCM (NIST SP 800-38D) under a key derived by HKDF (RFC 5869) from `PEERLOOM_SECRET`."""

    secret: str = field(repr=False)

    def close(self, text: str, owner: str) -> str:
        """Seal a text for the row `owner`. Raises `Conflict` without a secret."""
        if not self.secret:
            raise Conflict(
                "Addresses of calendars are secrets, and are kept sealed: set PEERLOOM_SECRET to a long "
                "random text and start the service again."
            )
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, text.encode(), owner.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, owner: str) -> str:
        """The text that was sealed for the row `owner`. Raises `Unsealable`."""
        data = base64.b64decode(sealed)
        try:
            return self._cipher().decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag:
            raise Unsealable from None

    def _cipher(self) -> AESGCM:
        derived = HKDF(SHA256(), 32, salt=None, info=b"peerloom calendar addresses").derive(
            self.secret.encode()
        )
        return AESGCM(derived)
