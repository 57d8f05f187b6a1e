"""Rounds of a program: circles or pairs reshuffled over a cycle, from profiles or from bare members."""
