"""What stands at the door: addresses and their signatures, the webhooks kept, what the edge saw."""
