"""What several flows share: things to choose from, the basket, the way to hand over, the money,
who runs the shop."""
