"""Pods instances as JSON: reading and writing."""
