"""What a shop's deliveries could not do by themselves: looked at, tried again, or let go for a reason."""
