"""Speed and memory by subject, each against a peer in the same run; figures go to docs/benchmarks.md."""
