"""Signatures by Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over id, moment and body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Make a secret that a receiver and the desk share: 256 random bits in base64 behind a prefix."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(message_id: str, at: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """Give the headers by which a receiver knows a message as ours, and knows it again.

    Args:
        message_id: the same each time this message is sent.
        at: seconds since 1970, when it is sent.
        keys: the secrets that are good now; while one takes the place of another, both are.
    """
    content = f"{message_id}.{at}.".encode() + body
    signatures = (_signature(key, content) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
    }


def _signature(key: str, content: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()}"
