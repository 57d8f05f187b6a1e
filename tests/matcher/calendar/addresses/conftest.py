"""The server on loopback."""

from __future__ import annotations

from tests.https_site import certificate, guard, site

__all__ = ["certificate", "guard", "site"]
