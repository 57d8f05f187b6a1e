"""Rounds without a repeat by construction, for whatever numbers a construction knows. None is stored."""
