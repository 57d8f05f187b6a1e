"""Reports of failed delivery: multipart/report with message/delivery-status (RFC 3462, RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message

MOST_RECIPIENTS = 50
LONGEST_REASON = 300
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"\b([45])\d\d\b")


@dataclass(frozen=True)
class Failure:
    """One address that a mail did not reach: in lower case, the status (RFC 3463) such as "5.1.1", and what
    the server said. `final`: it is not tried any more."""

    address: str
    status: str
    reason: str
    final: bool

    @property
    def hard(self) -> bool:
        """Whether it will always fail."""
        return self.final and self.status.startswith("5")


@dataclass(frozen=True)
class Report:
    """Everything that a report says failed, or waits; empty for one of success."""

    failures: tuple[Failure, ...]


def report_of(message: Message, parts: Sequence[Message]) -> Report | None:
    """The report in a message; None where it is none. `parts`: its leaves."""
    kind = str(message.get_param("report-type") or "").lower()
    if message.get_content_type() != "multipart/report" or kind not in ("delivery-status", ""):
        return None
    status = next((one for one in parts if one.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return None
    blocks = status.get_payload()
    if not isinstance(blocks, list):
        return None
    found = [_failure(one) for one in blocks[: MOST_RECIPIENTS + 1] if isinstance(one, Message)]
    return Report(tuple(one for one in found if one is not None))


def _failure(block: Message) -> Failure | None:
    """What one block of fields says; None for that of the whole message, and for delivered ones."""
    final = _typed(block.get("final-recipient"))
    action = _words(block.get("action")).lower()
    if not final or action not in ("failed", "delayed"):
        return None
    said = _typed(block.get("diagnostic-code"))
    address = _typed(block.get("original-recipient")) or final
    return Failure(address.strip("<>").lower()[:254], _status(block, said), said, action == "failed")


def _status(block: Message, said: str) -> str:
    for text in (_words(block.get("status")), said):
        found = _STATUS.search(text)
        if found is not None:
            return found[0]
    code = _CODE.search(said)
    return f"{code[1]}.0.0" if code is not None else "4.0.0"


def _typed(value: object) -> str:
    """What follows the type in a field such as "rfc822; ada@mail.example" (RFC 3464, section 2.1.2)."""
    kind, semicolon, rest = _words(value).partition(";")
    return (rest if semicolon else kind).strip()


def _words(value: object) -> str:
    text = str(value) if value is not None else ""
    return " ".join("".join(c for c in text[:2000] if c.isprintable() or c.isspace()).split())[
        :LONGEST_REASON
    ]
