"""What meeting times are worth and whether they keep every rule, without the solver."""
