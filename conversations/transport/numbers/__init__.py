"""A number's life with its provider: set up, checked, its keys changed, its account's news heard."""
