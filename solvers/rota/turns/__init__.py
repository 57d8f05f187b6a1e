"""Who takes which turn: sessions whose times are known, facilitators in fair rotation."""
