"""Random tokens: 128 bits and more, kept only as hashes."""

import hashlib
import secrets


def new_token(octets: int = 16) -> str:
    """A URL-safe token of `octets` random bytes (16 = 128 bits)."""
    return secrets.token_urlsafe(octets)


def hash_token(token: str) -> bytes:
    """What is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()
