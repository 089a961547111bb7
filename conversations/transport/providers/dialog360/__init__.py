"""360dialog: Meta's bodies by other addresses, with a key for each number."""
