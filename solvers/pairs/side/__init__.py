"""Side constraints, which no flow holds: their rows, prices, programs, and the way to a proven answer."""
