"""From profiles to what a rota needs: groups, times on real dates, and who may facilitate."""
