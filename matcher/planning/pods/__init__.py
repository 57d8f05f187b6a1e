"""Forming pods and circles: from a document to an audited plan."""
