"""Questions about a plan of pods: why this seat, why not that one, and what every other would cost."""
