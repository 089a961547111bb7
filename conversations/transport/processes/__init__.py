"""What a lane process runs beside its lanes, and what sweeps up after everybody."""
