"""A plan re-checked without the solver: rules and points in plain Python, bounds from its own duals."""
