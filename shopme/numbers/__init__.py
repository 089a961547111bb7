"""The numbers of a shop: adding one with checks, several side by side, their health, secrets and tokens."""
