"""What the README's figures come from; see README.md here."""
