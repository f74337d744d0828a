"""Data under RSA: a pair that the gateway made, and what this side enciphers for it."""
# spec: payments 9

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from .fresh import hexed
from .held import Held, Keys, load_certificate

USAGE = "TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION"
MODES = ("Encrypt", "Decrypt", "Wrap", "Unwrap")
PKCS1 = "PKCS1"
HASHES = {"OAEP_SHA1": hashes.SHA1, "OAEP_SHA256": hashes.SHA256, "OAEP_SHA512": hashes.SHA512}
PADDINGS = (PKCS1, *HASHES)


class Pair:
    """Of 2048 bits; the private half is the gateway's."""

    def __init__(self, keys: Keys):
        control = keys.caller.control
        made = {"KeyUsage": USAGE, "KeyClass": "ASYMMETRIC_KEY_PAIR", "KeyAlgorithm": "RSA_2048",
                "KeyModesOfUse": dict.fromkeys(MODES, True)}
        key = control.create_key(KeyAttributes=made, Exportable=False)["Key"]
        self.held = Held(key["KeyArn"], "D1", "RSA_2048", b"", key["KeyCheckValue"])
        told = control.get_public_key_certificate(KeyIdentifier=self.held.arn)
        self.public = load_certificate(told["KeyCertificate"]).public_key()

    def seal(self, kind: str, plain: bytes) -> str:
        """Encrypted for the gateway."""
        if kind == PKCS1:
            return hexed(self.public.encrypt(plain, padding.PKCS1v15()))
        digest = HASHES[kind]()
        oaep = padding.OAEP(padding.MGF1(digest), digest, None)
        return hexed(self.public.encrypt(plain, oaep))

    def unpadded(self, number: int) -> str:
        """A number that is padded in no way."""
        return hexed(number.to_bytes(self.public.key_size // 8))


def attributes(kind: str) -> dict:
    """How it is padded."""
    return {"Asymmetric": {"PaddingType": kind}}
