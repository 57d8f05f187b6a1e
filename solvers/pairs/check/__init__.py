"""What any answer is held to, without the solver: hard rules, the score by tiers, bounds from duals."""
