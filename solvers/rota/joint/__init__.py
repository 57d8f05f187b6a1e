"""Meeting times and facilitators of some groups at once, all others as they are."""
