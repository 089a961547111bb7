"""The demo: believable shops to try everything with."""
