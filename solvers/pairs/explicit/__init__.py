"""Bring your own points: instances as JSON, their listed pairs as an oracle, and back to JSON."""
