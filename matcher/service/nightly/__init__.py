"""The nightly run: what is due, one step after another in the database, guards, and the report."""
