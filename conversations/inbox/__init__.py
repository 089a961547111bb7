"""What a person of the shop sees of a thread and does in it."""
