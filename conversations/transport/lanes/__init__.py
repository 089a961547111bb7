"""Lanes: events of one person in order, the workers that hold them and what sweeps up after them."""
