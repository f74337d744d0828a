"""Lets `ebclient` 1.1.17 run on Python 3 with its files untouched: it passes the IV as text."""

from Crypto.Cipher import AES

_new = AES.new


def _new_with_bytes(key, mode, *args, **kwargs):
    args = [arg.encode("latin-1") if isinstance(arg, str) else arg for arg in args]
    return _new(key, mode, *args, **kwargs)


AES.new = _new_with_bytes
