"""Jobs: claimed by an engine in the server, done in a child process each, stored by the server."""
