"""Documents in and out: networks as JSON and JSON Lines, spreadsheets, JSON Schema; faults are listed."""
