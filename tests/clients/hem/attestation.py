"""Statements that an instance is what it says."""
# spec: encedo-hem 4.6

import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from .encoding import unb64


def verify(genuine: str, certificate: bytes) -> int:
    """The time of a statement by the key of `certificate` (DER)."""
    key_id, stated, signature = (unb64(part) for part in genuine.split("."))
    parsed = x509.load_der_x509_certificate(certificate)
    identifier = parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert identifier.value.digest == key_id, "the key's name"
    parsed.public_key().verify(signature, stated, ec.ECDSA(hashes.SHA256()))
    assert isinstance(parsed.public_key().curve, ec.SECP256R1)
    return int(stated.decode("ascii"))


def verify_now(genuine: str, certificate: bytes) -> None:
    """The same for one that was just made."""
    assert abs(verify(genuine, certificate) - time.time()) < 120, genuine
