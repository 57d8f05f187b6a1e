"""Mentor pairs: from a document to an audited plan, and what is asked of that plan."""
