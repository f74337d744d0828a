"""Re-encryption under AES in all modes that the gateway has, alone and in batches.

Usage: python -m payments.reencryption READY DATA TYPEX.
"""

import itertools
import sys
import unittest

from . import dukpt_aes, fresh
from .ciphers import decrypt, encrypt, gcm_open, gcm_seal
from .fresh import RANDOM, hexed
from .held import Held, Keys
from .service import Caller, Gateway
from .signed import Answer, Request, segment

READY, FOLDER, TYPEX = sys.argv[1:4]
MODES = ("CBC", "CTR", "GCM")
STEP, BYTES_MAX = 16, 160
NONCE_BYTES, AAD_BYTES_MAX = 12, 40
RECORDS = 96


class Side:
    """A key, a mode, and what goes with it."""

    def __init__(self, key: Held, mode: str):
        self.key, self.mode, self.secret = key, mode, key.key
        self.members = {"Mode": mode}
        self.union = "Symmetric"
        if key.usage == "B0":
            ksn, kind = fresh.aes_ksn(), RANDOM.choice(("AES_128", "AES_256"))
            self.secret = dukpt_aes.working_key(key.key, ksn, "DATA_ENC", kind)
            self.members |= {"KeySerialNumber": hexed(ksn), "DukptKeyDerivationType": kind,
                             "DukptKeyVariant": "REQUEST"}
            self.union = "Dukpt"
        self.iv = self.aad = self.nonce = None
        if mode == "GCM":
            self.aad = fresh.message(1, AAD_BYTES_MAX)
            self.members["AdditionalData"] = hexed(self.aad)
        else:
            self.iv = fresh.octets(STEP)
            self.members["InitializationVector"] = hexed(self.iv)

    def seal(self, plain: bytes) -> tuple[bytes, dict]:
        """Ciphertext, and the attributes with which it opens."""
        if self.mode != "GCM":
            made = encrypt("AES", self.secret, self.mode, self.iv, plain)
            return made, {self.union: self.members}
        nonce = fresh.octets(NONCE_BYTES)
        sealed, tag = gcm_seal(self.secret, nonce, self.aad, plain)
        more = {"Nonce": hexed(nonce), "Tag": hexed(tag)}
        return sealed, {self.union: self.members | more}

    def open(self, answer: dict) -> bytes:
        """What an answer of the gateway holds."""
        sealed = bytes.fromhex(answer["CipherText"])
        if self.mode != "GCM":
            return decrypt("AES", self.secret, self.mode, self.iv, sealed)
        nonce, tag = (bytes.fromhex(answer[one]) for one in ("Nonce", "Tag"))
        return gcm_open(self.secret, nonce, self.aad, sealed, tag)


class Reencryption(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(READY, FOLDER, TYPEX)
        cls.caller = Caller(cls.gateway, cls.gateway.access())
        cls.keys = Keys(cls.caller)
        cls.incoming = [cls.keys.new("D0", "AES_128"), cls.keys.new("B0", "AES_256")]
        cls.outgoing = [cls.keys.new("D0", "AES_256"), cls.keys.new("B0", "AES_256")]
        for one, other in itertools.product(cls.incoming, cls.outgoing):
            cls.keys.pair(one, other, "data")

    def ask(self, path: str, body: dict) -> Answer:
        return Request(self.gateway, self.caller.access, f"/typex/{path}", body).send()

    def record(self, incoming: Side, outgoing: Side) -> tuple[dict, bytes]:
        """A request, and the clear data of it."""
        plain = fresh.message(STEP, BYTES_MAX, STEP)
        sealed, attributes = incoming.seal(plain)
        return {"IncomingKeyIdentifier": incoming.key.arn,
                "OutgoingKeyIdentifier": outgoing.key.arn, "CipherText": hexed(sealed),
                "IncomingEncryptionAttributes": attributes,
                "OutgoingEncryptionAttributes": {outgoing.union: outgoing.members}}, plain

    def path(self, record: dict) -> str:
        return f"keys/{segment(record['IncomingKeyIdentifier'])}/reencrypt"

    # spec: payments 9
    def test_every_pair_of_modes(self):
        for one, other, mode, to in itertools.product(self.incoming, self.outgoing, MODES, MODES):
            with self.subTest(incoming=one.usage, outgoing=other.usage, mode=mode, to=to):
                incoming, outgoing = Side(one, mode), Side(other, to)
                record, plain = self.record(incoming, outgoing)
                answer = self.ask(self.path(record), record)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(outgoing.open(answer.members), plain)
                told = answer.members
                self.assertEqual((told["KeyArn"], told["KeyCheckValue"]),
                                 (other.arn, other.check_value))

    # spec: payments 9
    def test_changed_data_goes_nowhere(self):
        incoming, outgoing = Side(self.incoming[0], "GCM"), Side(self.outgoing[0], "CBC")
        for member in ("CipherText", "Tag", "Nonce", "AdditionalData"):
            record, _ = self.record(incoming, outgoing)
            at = record if member == "CipherText" else \
                record["IncomingEncryptionAttributes"]["Symmetric"]
            at[member] = ("1" if at[member][0] != "1" else "2") + at[member][1:]
            answer = self.ask(self.path(record), record)
            self.assertEqual((answer.status, answer.error), (400, "ValidationException"))
            self.assertNotIn("CipherText", answer.members)

    # spec: payments 7
    def test_nonces_do_not_repeat(self):
        incoming, outgoing = Side(self.incoming[0], "CBC"), Side(self.outgoing[0], "GCM")
        record, _ = self.record(incoming, outgoing)
        nonces = [self.ask(self.path(record), record).members["Nonce"] for _ in range(20)]
        self.assertEqual(len(set(nonces)), 20)
        made = record["OutgoingEncryptionAttributes"]["Symmetric"]
        made["Nonce"] = "00" * NONCE_BYTES
        answer = self.ask(self.path(record), record)
        self.assertEqual(answer.error, "ValidationException", answer.body)

    # spec: aws-payment 6.2
    def test_batches(self):
        sides = [(Side(RANDOM.choice(self.incoming), RANDOM.choice(MODES)),
                  Side(RANDOM.choice(self.outgoing), RANDOM.choice(MODES)))
                 for _ in range(RECORDS)]
        made = [self.record(*both) for both in sides]
        wrong = set(RANDOM.sample(range(RECORDS), 3))
        records = [record if at not in wrong else record | {"CipherText": "00"}
                   for at, (record, _) in enumerate(made)]
        answer = self.ask("batch", {"Operation": "ReEncryptData", "Records": records})
        self.assertEqual(answer.status, 200, answer.body)
        results = answer.members["Results"]
        self.assertEqual(len(results), RECORDS)
        for at, ((_, outgoing), (record, plain), result) in enumerate(zip(
                sides, made, results, strict=True)):
            if at not in wrong:
                self.assertIn("Output", result, result)
                self.assertEqual(outgoing.open(result["Output"]), plain)
            elif record["IncomingEncryptionAttributes"].get("Symmetric", {}).get("Mode") == "CBC":
                self.assertEqual(result["Error"]["__type"], "ValidationException")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
