"""`python -m api.cli` does what `peerloom` does."""

from api.cli.main import main

main()
