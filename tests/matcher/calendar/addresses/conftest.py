"""The servers on loopback."""

from __future__ import annotations

from tests.https_site import certificate, guard, site
from tests.radicale_server import radicale

__all__ = ["certificate", "guard", "radicale", "site"]
