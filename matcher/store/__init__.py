"""The database: networks, people, plans, jobs, sessions and mails. The only home of SQLAlchemy."""
