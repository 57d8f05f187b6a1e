"""Why people are left out or idle, what blocks them, what would help, and what skills are worth."""
