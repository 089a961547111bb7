"""Templates: messages Meta has approved, which may be sent when the 24-hour window is closed."""
