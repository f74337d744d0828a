"""Encryption, decryption and re-encryption of data."""
# spec: payments 3.3, 7, 8, 9

from typing import NamedTuple

from . import dukpt_aes, dukpt_tdes, emv, fresh
from .case import Case, expecting
from .ciphers import block, decrypt, encrypt
from .fresh import RANDOM, hexed
from .held import Held, Keys

MODES = {"TDES": ("ECB", "CBC", "CFB", "CFB1", "CFB8", "CFB64", "OFB"),
         "AES": ("ECB", "CBC", "CFB", "CFB1", "CFB8", "CFB128", "OFB")}
WHOLE_BLOCKS = ("ECB", "CBC")
BYTES_MAX = 160
VARIANTS = ("REQUEST", "RESPONSE", "BIDIRECTIONAL")


class Side(NamedTuple):
    """How data is encrypted on one side of an operation."""

    key: Held
    algorithm: str
    secret: bytes
    mode: str
    iv: bytes | None
    attributes: dict
    wrapped: dict | None = None

    @property
    def step(self) -> int:
        """What lengths are multiples of."""
        return block(self.algorithm) if self.mode in WHOLE_BLOCKS else 1

    def seal(self, plain: bytes) -> bytes:
        """Encrypted."""
        return encrypt(self.algorithm, self.secret, self.mode, self.iv, plain)

    def open(self, sealed: bytes) -> bytes:
        """Decrypted."""
        return decrypt(self.algorithm, self.secret, self.mode, self.iv, sealed)


def symmetric(key: Held, mode: str | None = None, wrapped: dict | None = None) -> Side:
    """Under a static key."""
    mode = mode or RANDOM.choice(MODES[key.algorithm[:4].rstrip("_")])
    attributes, iv = {"Mode": mode}, None
    if mode != "ECB" and RANDOM.random() < 0.8:
        iv = fresh.octets(block(key.algorithm))
        attributes["InitializationVector"] = hexed(iv)
    return Side(key, key.algorithm, key.key, mode, iv, {"Symmetric": attributes}, wrapped)


def dukpt(base: Held, kind: str | None = None, variant: str | None = None) -> Side:
    """Under the working key of a transaction."""
    variant = variant or RANDOM.choice(VARIANTS)
    attributes = {"DukptKeyVariant": variant}
    if base.algorithm == "TDES_2KEY":
        kind, ksn = "TDES_2KEY", fresh.tdes_ksn()
        secret = dukpt_tdes.working_key(base.key, ksn, ("DATA", variant))
    else:
        weaker = [one for one in ("AES_128", "AES_192", "AES_256") if one <= base.algorithm]
        kind, ksn = kind or RANDOM.choice(weaker), fresh.aes_ksn()
        usage = dukpt_aes.VARIANTS["DATA"][variant]
        secret = dukpt_aes.working_key(base.key, ksn, usage, kind)
        attributes["DukptKeyDerivationType"] = kind
    attributes["KeySerialNumber"], mode = hexed(ksn), RANDOM.choice(WHOLE_BLOCKS)
    if mode != "CBC" or RANDOM.random() < 0.5:
        attributes["Mode"] = mode
    iv = fresh.octets(block(kind)) if mode == "CBC" and RANDOM.random() < 0.5 else None
    if iv:
        attributes["InitializationVector"] = hexed(iv)
    return Side(base, kind, secret, mode, iv, {"Dukpt": attributes})


def chip(key: Held) -> Side:
    """Under a session key of a card."""
    pan, psn, data = fresh.pan(), fresh.digits(2), fresh.octets(8)
    option, mode = RANDOM.choice("AB"), RANDOM.choice(WHOLE_BLOCKS)
    secret = emv.cryptogram_key(emv.card_key(key.key, pan, psn, option), data)
    attributes = {"MajorKeyDerivationMode": f"EMV_OPTION_{option}", "PrimaryAccountNumber": pan,
                  "PanSequenceNumber": psn, "SessionDerivationData": hexed(data), "Mode": mode}
    return Side(key, "TDES_2KEY", secret, mode, None, {"Emv": attributes})


def member(name: str, wrapped: dict | None) -> dict:
    """That of a wrapped key, if there is one."""
    return {} if wrapped is None else {name: wrapped}


def encrypts(side: Side) -> Case:
    """EncryptData."""
    plain = fresh.message(side.step, BYTES_MAX, side.step)
    request = {"KeyIdentifier": side.key.arn, "PlainText": hexed(plain),
               "EncryptionAttributes": side.attributes, **member("WrappedKey", side.wrapped)}
    return expecting("encrypt_data", request, side.key, CipherText=side.seal(plain))


def decrypts(side: Side) -> Case:
    """DecryptData."""
    plain = fresh.message(side.step, BYTES_MAX, side.step)
    request = {"KeyIdentifier": side.key.arn, "CipherText": hexed(side.seal(plain)),
               "DecryptionAttributes": side.attributes, **member("WrappedKey", side.wrapped)}
    return expecting("decrypt_data", request, side.key, PlainText=plain)


def reencrypts(keys: Keys, incoming: Side, outgoing: Side) -> Case:
    """ReEncryptData."""
    flags = (["--incoming-wrapped"] if incoming.wrapped else []) \
        + (["--outgoing-wrapped"] if outgoing.wrapped else [])
    keys.pair(incoming.key, outgoing.key, "data", *flags)
    step = max(incoming.step, outgoing.step)
    # Several blocks do not go out in ECB.
    plain = fresh.message(step, step if outgoing.mode == "ECB" else BYTES_MAX, step)
    request = {"IncomingKeyIdentifier": incoming.key.arn,
               "OutgoingKeyIdentifier": outgoing.key.arn,
               "CipherText": hexed(incoming.seal(plain)),
               "IncomingEncryptionAttributes": incoming.attributes,
               "OutgoingEncryptionAttributes": outgoing.attributes,
               **member("IncomingWrappedKey", incoming.wrapped),
               **member("OutgoingWrappedKey", outgoing.wrapped)}
    return expecting("re_encrypt_data", request, outgoing.key, CipherText=outgoing.seal(plain))

