"""The customer pages of the dashboard: one person, one thread, one ledger, seen together."""
