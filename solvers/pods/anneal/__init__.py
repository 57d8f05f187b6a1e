"""Simulated annealing over whole assignments: a constructive start, compiled moves, a portfolio of chains."""
