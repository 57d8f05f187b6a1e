"""Rounds held to their rules and tiers without the solver: audit, score and bounds."""
