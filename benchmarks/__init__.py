"""Speed, beside the memory bandwidth of the same run: ``python -m benchmarks`` (or ``make bench``)."""
