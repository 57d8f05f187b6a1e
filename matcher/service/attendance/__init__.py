"""What people answer to invitations, and what follows from it."""
