"""Mails that come in: their MIME parts, and reports of failed delivery."""
