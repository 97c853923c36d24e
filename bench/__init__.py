"""Benchmarks: what Muster needs for its work, beside what a bare loop needs in the same run."""
