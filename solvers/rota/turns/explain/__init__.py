"""Questions about an answer: who could stand in, what a swap does, why a turn is open."""
