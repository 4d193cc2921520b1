"""Secrets that lie in the database encrypted: they must be read to sign, so a digest would not do."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes


class Unreadable(Exception):
    """It was encrypted under another SECRET_KEY."""


def sealed(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def opened(kept: str) -> str:
    try:
        return _box().decrypt(kept.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _box() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = (hashlib.sha256(b"notifications.webhooks:" + force_bytes(secret)).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
