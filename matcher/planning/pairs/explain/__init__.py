"""Questions to a plan that was made: why, why not, at what cost."""
