"""Calendars at addresses: which addresses may be asked, and how they are asked."""
