"""Sessions of a plan: common free times on the real weeks of the cycle, agendas, and their check."""
