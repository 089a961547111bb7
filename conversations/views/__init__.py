"""The doors of the inbox and of the simulator."""
