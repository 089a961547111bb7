"""How a number does: its pace, its share of the portfolio, its facts and its alerts."""
