"""Questions about a rota that was made: stand-ins, other times, what an edit or a swap does."""
