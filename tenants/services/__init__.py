"""Acts on shops, their people and their numbers."""
