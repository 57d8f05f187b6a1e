"""Members' own calendars: where they are, and reading from them when they are busy."""
