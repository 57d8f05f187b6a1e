"""Scheduling messages that people send back: read, and answered (RFC 5546)."""
