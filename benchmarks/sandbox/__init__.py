"""Speed of the sandbox against a bare fork and against the classic harness shape; `python -m benchmarks.sandbox`."""
