"""From a waiting row to an answer of the provider: claimed, checked, called, judged."""
