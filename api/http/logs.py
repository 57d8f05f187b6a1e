"""What may not stand in logs: addresses that are keys."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(r"(/(?:feeds|answer|calendars|mail)/)[^\s\"'?]+")


def without_secrets(text: str) -> str:
    """A text with the secret part of each address replaced by "..."."""
    return SECRET.sub(r"\1...", text)


class HideSecrets(logging.Filter):
    """Takes secret addresses out of records: the HTTP server writes the path of requests that break off."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, with its text cleaned."""
        record.msg, record.args = without_secrets(record.getMessage()), ()
        return True


def hide_secrets() -> None:
    """Clean what the HTTP server logs."""
    for name in ("waitress", "waitress.queue"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, HideSecrets) for one in logger.filters):
            logger.addFilter(HideSecrets())
