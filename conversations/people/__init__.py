"""Whose messages these are, how a customer is reached, and two customers who are one."""
