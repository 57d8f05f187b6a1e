"""The circulation: its network, exact repair, pricing over all eligible pairs, and what potentials prove."""
