"""Benchmarks: each prints a ratio against a peer or a floor in the same run. `make bench-solver`, `make bench-...`."""
