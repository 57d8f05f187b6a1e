"""Bounds on pods by column generation: what no assignment can pass, and what the prices of places prove."""
