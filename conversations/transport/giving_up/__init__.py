"""What nobody could handle or send: kept, shown, played again or put aside."""
