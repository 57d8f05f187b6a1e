"""Optimization only: ids and whole numbers in, audited answers out. Usable alone as a library."""
