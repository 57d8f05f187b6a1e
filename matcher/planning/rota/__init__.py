"""Rotas: when groups meet, and who facilitates. Profiles in, audited plan out."""
