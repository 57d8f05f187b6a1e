"""Rotas from profiles: when each group meets, and who facilitates."""
