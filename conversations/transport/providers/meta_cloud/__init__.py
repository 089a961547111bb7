"""Meta's Cloud API: their webhooks, payloads, errors and address."""
