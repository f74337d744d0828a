"""Texts of bytes."""

import base64
import binascii


def b64(data: bytes) -> str:
    """Standard alphabet, with padding."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str) -> bytes:
    """The inverse; nothing else is taken."""
    data = base64.b64decode(text, validate=True)
    if b64(data) != text:
        raise binascii.Error(f"not the base64 of its bytes: {text}")
    return data


def b64url(data: bytes) -> str:
    """URL alphabet, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64url(text: str) -> bytes:
    """The inverse."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(data) != text:
        raise binascii.Error(f"not the base64url of its bytes: {text}")
    return data
