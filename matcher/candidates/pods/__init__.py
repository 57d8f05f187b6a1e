"""Who may sit in which pod, what a seat is worth, and when pods can meet."""
