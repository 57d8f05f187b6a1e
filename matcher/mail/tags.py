"""Signed plus-addresses (RFC 5233): what comes back to one is known to come from who was sent it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_ANSWER_CHARACTERS = 26
"""130 bits of the signature; base 32 in lower case, as mail servers may change the case."""
_BOUNCE_CHARACTERS = 16
LONGEST_LOCAL = 64
"""Octets before the "@" (RFC 5321, section 4.5.3.1.1)."""
_TAG = re.compile(r"\+([a-z0-9]{1,60})@")
_MAIL = "mail_"


@dataclass(frozen=True)
class AddressTags:
    """Tags by HMAC-SHA256 (RFC 2104) under an installation's secret.

    An answer's tag is a signature over network, UID and member alone: the message itself names them. A
    bounce names nobody for certain, so its tag holds the mail's id before the signature.
    """

    secret: str = field(repr=False)

    def answer_address(self, base: str, network: str, uid: str, member: str) -> str:
        """Where one person answers about one session; `base` itself where a tag would make it too long."""
        return _tagged(base, self._answer(network, uid, member))

    def answers(self, addresses: Iterable[str], network: str, uid: str, member: str) -> bool:
        """Whether one of these addresses is theirs, told in constant time."""
        wanted = self._answer(network, uid, member)
        found = [hmac.compare_digest(tag_of(one).encode(), wanted.encode()) for one in addresses]
        return any(found)

    def bounce_address(self, base: str, mail: str) -> str:
        """Where reports about a mail (its id in the outbox) go; `base` where a tag would make it too long."""
        return _tagged(base, mail.removeprefix(_MAIL) + self._bounce(mail))

    def bounced_mail(self, addresses: Iterable[str]) -> str | None:
        """The id of the mail that one of these addresses was made for; None for none of ours."""
        for one in addresses:
            tag = tag_of(one)
            mail, signature = _MAIL + tag[:-_BOUNCE_CHARACTERS], tag[-_BOUNCE_CHARACTERS:]
            if hmac.compare_digest(self._bounce(mail).encode(), signature.encode()):
                return mail
        return None

    def _answer(self, *parts: str) -> str:
        return self._signature("answer", *parts)[:_ANSWER_CHARACTERS]

    def _bounce(self, mail: str) -> str:
        return self._signature("bounce", mail)[:_BOUNCE_CHARACTERS]

    def _signature(self, *parts: str) -> str:
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        digest = hmac.digest(self.secret.encode(), text.encode(), hashlib.sha256)
        return base64.b32encode(digest).decode().lower()


def tag_of(address: str) -> str:
    """The tag of an address, in lower case; "" without one."""
    found = _TAG.search(address.lower())
    return found[1] if found is not None else ""


def untagged(address: str) -> str:
    """The address without its tag, in lower case."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _tagged(base: str, tag: str) -> str:
    local, _, domain = base.rpartition("@")
    tagged = f"{local}+{tag}"
    return f"{tagged}@{domain}" if len(tagged.encode()) <= LONGEST_LOCAL else base
