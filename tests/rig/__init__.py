"""Real processes around a real database, with the other side of the wire in our hands. For fault tests and benchmarks."""
