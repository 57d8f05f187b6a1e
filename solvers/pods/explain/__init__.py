"""Questions to an answer of pods: every other seat at once, and one seat with the whole solved around it."""
