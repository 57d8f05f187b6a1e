"""The words of the product as validated, immutable data: no clock, no files, no solver."""
