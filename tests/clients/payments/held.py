"""Keys that the gateway holds and the test knows."""
# spec: payments 4, 11

import base64
import json
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import load_pem_x509_certificate

from . import fresh, key_blocks
from .ciphers import check_value
from .fresh import hexed
from .service import Caller

USAGES = {"B0": "BASE_DERIVATION_KEY", "C0": "CARD_VERIFICATION_KEY",
          "D0": "SYMMETRIC_DATA_ENCRYPTION_KEY", "E0": "EMV_MKEY_APP_CRYPTOGRAMS",
          "E1": "EMV_MKEY_CONFIDENTIALITY", "E2": "EMV_MKEY_INTEGRITY",
          "E4": "EMV_MKEY_DYNAMIC_NUMBERS", "K0": "KEY_ENCRYPTION_KEY",
          "K1": "KEY_BLOCK_PROTECTION_KEY", "M0": "ISO_16609_MAC_KEY", "M1": "ISO_9797_1_MAC_KEY",
          "M3": "ISO_9797_3_MAC_KEY", "M6": "ISO_9797_5_CMAC_KEY", "M7": "HMAC_KEY",
          "P0": "PIN_ENCRYPTION_KEY", "P1": "PIN_GENERATION_KEY",
          "V1": "IBM3624_PIN_VERIFICATION_KEY", "V2": "VISA_PIN_VERIFICATION_KEY"}
MODES = {"B": ("Encrypt", "Decrypt", "Wrap", "Unwrap"), "C": ("Generate", "Verify"),
         "X": ("DeriveKey",), "N": ("NoRestrictions",), "G": ("Generate",), "V": ("Verify",),
         "E": ("Encrypt", "Wrap"), "D": ("Decrypt", "Unwrap")}
USUAL_MODE = {"B": "X", "C": "C", "D": "B", "E": "X", "K": "B", "M": "C", "P": "B", "V": "C"}
# X9.143, optional block HM.
HASHES = {"HMAC_SHA224": "20", "HMAC_SHA256": "21", "HMAC_SHA384": "22", "HMAC_SHA512": "23"}
KEK = "AES_256"
RSA = "RSA_2048"
CUSTODIANS = ("alice", "bob")
NEEDS_APPROVAL = "needs approval"


class Held(NamedTuple):
    """A key here and there."""

    arn: str
    usage: str
    algorithm: str
    key: bytes
    # What answers tell of a key that comes with a request: that of the key which protects it.
    told: str | None = None

    @property
    def check_value(self) -> str:
        """That which is usual for its algorithm."""
        return self.told or check_value(self.algorithm, self.key)

    @property
    def identity(self) -> str:
        """As the operator names it."""
        return self.arn.rsplit("/", 1)[1]


def attributes(usage: str, algorithm: str, mode: str | None = None) -> dict:
    """`KeyAttributes` of a symmetric key."""
    modes = MODES[mode or USUAL_MODE[usage[0]]]
    return {"KeyUsage": f"TR31_{usage}_{USAGES[usage]}", "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm, "KeyModesOfUse": {one: True for one in modes}}


def letter(algorithm: str) -> str:
    """That of a key block."""
    return {"T": "T", "A": "A", "H": "H"}[algorithm[0]]


class Keys:
    """What one caller holds."""

    def __init__(self, caller: Caller):
        self.caller = caller
        self.kbpk = self.cryptogram("K1", KEK)
        self.pairs = set()

    def bring_in(self, kbpk: Held, usages: list[str]) -> None:
        """Lets a key that protects others bring in some."""
        self.caller.operate("payments", "key", "set", "--key", kbpk.identity,
                            "--brings", ",".join(usages))

    def for_client_data(self, key: Held) -> None:
        """Lets a key for scripts encipher data, and no PINs any more."""
        self.caller.operate("payments", "key", "set", "--key", key.identity, "--client-data")

    def cryptogram(self, usage: str, algorithm: str, **options) -> Held:
        """A key that comes in under RSA."""
        key = options.pop("key", None) or fresh.key(algorithm)
        parameters = self.caller.control.get_parameters_for_import(
            KeyMaterialType="KEY_CRYPTOGRAM", WrappingKeyAlgorithm=RSA,
            ReuseLastGeneratedToken=True)
        public = load_certificate(parameters["WrappingKeyCertificate"]).public_key()
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        material = {"KeyAttributes": attributes(usage, algorithm, options.pop("mode", None)),
                    "Exportable": True, "ImportToken": parameters["ImportToken"],
                    "WrappedKeyCryptogram": hexed(public.encrypt(key, oaep)),
                    "WrappingSpec": "RSA_OAEP_SHA_256"}
        made = self.caller.control.import_key(KeyMaterial={"KeyCryptogram": material}, **options)
        return Held(made["Key"]["KeyArn"], usage, algorithm, key)

    def block(self, usage: str, algorithm: str, key: bytes, mode: str | None = None,
              export: str = "E") -> str:
        """A key as a key block under ours."""
        header = f"D{usage}{letter(algorithm)}{mode or USUAL_MODE[usage[0]]}00{export}"
        blocks = {"HM": HASHES[algorithm]} if algorithm in HASHES else {}
        return key_blocks.wrap(self.kbpk.key, header, key, blocks)

    def import_block(self, text: str, **options) -> dict:
        """What the gateway says of a key block under ours."""
        material = {"WrappingKeyIdentifier": self.kbpk.arn, "WrappedKeyBlock": text}
        return self.caller.control.import_key(KeyMaterial={"Tr31KeyBlock": material},
                                              **options)["Key"]

    def new(self, usage: str, algorithm: str, mode: str | None = None) -> Held:
        """A random key, brought in as a key block."""
        key = fresh.key(algorithm)
        made = self.import_block(self.block(usage, algorithm, key, mode))
        return Held(made["KeyArn"], usage, algorithm, key)

    def wrapped(self, usage: str, algorithm: str, mode: str | None = None) -> tuple[Held, dict]:
        """A key of a request alone, and the member that holds it."""
        key = fresh.key(algorithm)
        member = {"WrappedKeyMaterial": {"Tr31KeyBlock": self.block(usage, algorithm, key, mode)}}
        return Held(self.kbpk.arn, usage, algorithm, key, self.kbpk.check_value), member

    def grant(self, incoming: Held, outgoing: Held, passage: str, *flags: str) -> dict:
        """A grant that nobody approved; keys by their full names."""
        return json.loads(self.caller.operate(
            "payments", "pair", "grant", "--incoming", incoming.arn, "--outgoing",
            outgoing.arn, "--passage", passage, "--json", *flags))

    def pair(self, incoming: Held, outgoing: Held, passage: str, *flags: str) -> None:
        """Grants a pair of keys, once."""
        which = (incoming.arn, outgoing.arn, passage, *flags)
        if which in self.pairs:
            return
        self.pairs.add(which)
        made = self.grant(incoming, outgoing, passage, *flags)
        # Whoever knows the outgoing key reads all that passes: two have to agree to it.
        assert made["state"] == NEEDS_APPROVAL, made
        for custodian in CUSTODIANS:
            self.caller.gateway.operate("payments", "pair", "approve", made["id"],
                                        "--custodian", custodian)


def load_certificate(text: str):
    """Of PEM, or base64 around it."""
    data = text.encode()
    if b"-----BEGIN" not in data:
        data = base64.b64decode(data)
    return load_pem_x509_certificate(data)

