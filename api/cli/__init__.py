"""The command line. Commands load when they are called, so that `peerloom --help` is quick."""
