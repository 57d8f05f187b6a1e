"""What an assignment of turns is worth and whether it keeps every rule, without the solver."""
