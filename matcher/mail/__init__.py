"""Mails: how they are written, when they may go, and the ways they leave."""
