"""What a pods answer is worth and whether it keeps every rule, without the solver."""
