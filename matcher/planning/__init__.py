"""Use cases: one function is one thing that a coordinator or the night can ask."""
