"""From a kept webhook to events: what is new, whose it is, and which lane it goes to."""
