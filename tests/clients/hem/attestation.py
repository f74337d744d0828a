"""Statements that an instance is what it says."""
# spec: encedo-hem 4.6

import datetime
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

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


def certify(certificate: bytes) -> bytes:
    """Another certificate for the key of `certificate`, of an authority of our own."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
             for name in ("an authority", "an instance")]
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().issuer_name(names[0]).subject_name(names[1])
    builder = builder.public_key(key).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    builder = builder.add_extension(identifier, critical=False)
    authority = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(authority, hashes.SHA256()).public_bytes(Encoding.DER)
