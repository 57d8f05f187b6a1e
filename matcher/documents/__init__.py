"""Documents in and out: networks as JSON and JSON Lines, spreadsheets, JSON Schema; faults are listed."""

from matcher.documents.read import NetworkSource, choose, open_network
from matcher.documents.write import JsonLinesWriter, write_json, write_network

__all__ = ["JsonLinesWriter", "NetworkSource", "choose", "open_network", "write_json", "write_network"]
