"""Turns instances as files: reading and writing."""
