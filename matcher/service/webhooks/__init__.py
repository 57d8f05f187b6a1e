"""Webhooks: other programs are told of what happens, after the Standard Webhooks specification."""
