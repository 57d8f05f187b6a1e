"""The service over HTTP. The only home of Flask."""
