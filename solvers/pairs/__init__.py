"""Mentor pairs: a min-cost circulation in lexicographic tiers, with a proof over all eligible pairs."""
