"""Rotas: when every group meets, and who facilitates, in fair rotation."""
