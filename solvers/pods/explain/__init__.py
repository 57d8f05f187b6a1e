"""Questions to an answer of pods: what every other seat would cost, and which rules contradict each other."""
