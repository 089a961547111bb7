"""Settings: `base` for what is always true, then `local`, `test` and `production`."""
