"""Times instances as JSON: reading and writing."""
