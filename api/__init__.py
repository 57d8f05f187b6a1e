"""The front doors: command line and HTTP. Parse, call one use case, show the answer."""
