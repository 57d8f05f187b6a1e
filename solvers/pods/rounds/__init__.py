"""Rounds: groups reshuffled so that people keep meeting new people and organizations."""
