"""MACs, re-encryption and terminals, and what is refused. Usage: python -m objects.keys READY.

What comes of it is computed again by pycryptodome, psec and the programs of `payments`.
"""
# spec: enigma-bridge 3, 4.5, 5.8

import hashlib
import hmac
import secrets
import sys
import unittest

from Crypto.Cipher import AES, DES3, PKCS1_OAEP
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from ebclient.eb_create_uo import TemplateProcessor

from payments import key_blocks, pins

from .case import (
    AES2RSA, DES2RSA, DETOKENIZE, HMAC, PAN, PIN_TRANSLATE, REWRAP, RSA2AES, RSA2DES, SCRAMBLE,
    SERVED, SESSION_KEYS, SUCCESS, TOKENIZE, TOKENIZEWRAP, UNKNOWN, Case, bases, key, record,
    tdes_key)

WRONG_MAC, WRONG_PIN = b"\xa0\xa1", b"\x80\x3d"


def rsa_parts(pair):
    """dP, dQ, p, q, qInv, each behind its length."""
    p, q = pair.p, pair.q
    numbers = pair.d % (p - 1), pair.d % (q - 1), p, q, pow(q, -1, p)
    parts = [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in numbers]
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def rsa_public(pair):
    exponent, modulus = pair.e.to_bytes(3, "big"), pair.n.to_bytes(256, "big")
    return record(0xC3, record(0x81, exponent) + record(0x82, modulus))


class Objects(Case):
    # MACs.

    def test_hmac(self):
        app = secrets.token_bytes(32)
        uo = self.make(HMAC, 32, app)
        for size in (0, 1, 15, 64, 900):
            message = secrets.token_bytes(size)
            mac = hmac.digest(app, message, hashlib.sha256)
            self.assertEqual(self.ask(uo, record(0xB0, message)), (SUCCESS, {0xB1: mac}))
            for cut in (32, 16):
                claim = record(0xB1, mac[:cut])
                self.assertEqual(self.ask(uo, record(0xB0, message), claim), (SUCCESS, {}))
            wrong = record(0xB1, bytes([mac[0] ^ 1]) + mac[1:])
            self.assertEqual(self.ask(uo, record(0xB0, message), wrong), (WRONG_MAC, {}))
        self.assertIn("8032", self.fails(uo, record(0xB0, b""), record(0xB1, mac[:15])))

    def test_keys_of_the_gateway(self):
        for function in (HMAC, SCRAMBLE):
            one, other = self.make(function), self.make(function)
            value = record(0xB0, b"value")
            first = self.ask(one, value)
            self.assertEqual(first, self.ask(one, value))
            self.assertNotEqual(first, self.ask(other, value))

    def test_scramble(self):
        app = secrets.token_bytes(32)
        uo = self.make(SCRAMBLE, 32, app)
        expected = hmac.digest(app, b"\x02" + b"person 17", hashlib.sha256)
        self.assertEqual(self.ask(uo, record(0xB0, b"person 17")), (SUCCESS, {0xB1: expected}))
        self.assertIn("8032", self.fails(uo, record(0xB0, b"")))
        self.assertIn("804c", self.fails(uo, record(0xB0, b"a"), record(0xB1, bytes(32))))

    # Re-encryption.

    def test_to_rsa(self):
        pair = RSA.generate(2048)
        for function, name, module, app in (
                (AES2RSA, b"A", AES, secrets.token_bytes(32)),
                (DES2RSA, b"T", DES3, tdes_key(24))):
            uo = self.make(function, 320, key(0xC1, name, app) + rsa_public(pair))
            size = module.block_size
            iv, clear = secrets.token_bytes(size), secrets.token_bytes(size * (176 // size))
            sealed = module.new(app, module.MODE_CBC, iv=iv).encrypt(clear)
            status, said = self.ask(uo, record(0xB2, iv), record(0xB3, sealed))
            self.assertEqual((status, set(said)), (SUCCESS, {0xB3}))
            opened = PKCS1_OAEP.new(pair, hashAlgo=SHA256).decrypt(said[0xB3])
            self.assertEqual(opened, clear)
            self.assertIn("8032", self.fails(uo, record(0xB2, iv), record(0xB3, sealed[1:])))
            self.assertIn("8032", self.fails(uo, record(0xB2, iv[1:]), record(0xB3, sealed)))
            long = record(0xB3, sealed + sealed[:size] * 2)
            self.assertIn("8032", self.fails(uo, record(0xB2, iv), long))

    def test_from_rsa(self):
        pair = RSA.generate(2048)
        for function, name, module, app in (
                (RSA2AES, b"A", AES, secrets.token_bytes(16)),
                (RSA2DES, b"T", DES3, tdes_key(16))):
            outgoing = key(0xC2, name, app)
            uo = self.make(function, 704, outgoing + record(0xC4, rsa_parts(pair)))
            self.reencrypts(uo, pair, module, app)
            made = self.made.import_resp.response["result"]["publickey"]
            n, e = TemplateProcessor.read_serialized_rsa_pub_key(made)
            self.assertEqual((n, e), (pair.n, pair.e))
            uo = self.make(function, 704, outgoing)
            made = self.made.import_resp.response["result"]["publickey"]
            n, e = TemplateProcessor.read_serialized_rsa_pub_key(made)
            self.reencrypts(uo, RSA.construct((n, e)), module, app)

    def reencrypts(self, uo, public, module, app):
        size = module.block_size
        clear = secrets.token_bytes(size * 3)
        sealed = PKCS1_OAEP.new(public, hashAlgo=SHA256).encrypt(clear)
        status, said = self.ask(uo, record(0xB3, sealed))
        self.assertEqual((status, set(said)), (SUCCESS, {0xB2, 0xB3}))
        iv, out = said[0xB2], said[0xB3]
        self.assertEqual(module.new(app, module.MODE_CBC, iv=iv).decrypt(out), clear)
        _, again = self.ask(uo, record(0xB3, sealed))
        self.assertNotEqual(again[0xB2], iv)
        broken = bytes([sealed[0] ^ 1]) + sealed[1:]
        self.assertIn("8032", self.fails(uo, record(0xB3, broken)))
        self.assertIn("8032", self.fails(uo, record(0xB3, sealed[1:])))

    # Terminals.

    def test_dukpt_rewrap(self):
        for letter, base, ksn, keys in bases():
            module = DES3 if letter == b"T" else AES
            for name, out_module, app in ((b"A", AES, secrets.token_bytes(32)),
                                          (b"T", DES3, tdes_key(24))):
                contents = key(0xC0, letter, base) + key(0xC2, name, app)
                uo = self.make(REWRAP, 80, contents)
                clear, iv = secrets.token_bytes(48), secrets.token_bytes(module.block_size)
                sealed = module.new(keys["DATA"], module.MODE_CBC, iv=iv).encrypt(clear)
                asked = record(0xB4, ksn), record(0xB2, iv), record(0xB3, sealed)
                status, said = self.ask(uo, *asked)
                self.assertEqual(status, SUCCESS)
                out = out_module.new(app, out_module.MODE_CBC, iv=said[0xB2])
                self.assertEqual(out.decrypt(said[0xB3]), clear)
                self.assertIn("8032", self.fails(uo, record(0xB4, ksn[1:]), *asked[1:]))

    def test_dukpt_session_keys(self):
        for letter, base, ksn, keys in bases():
            protection = secrets.token_bytes(32)
            contents = key(0xC0, letter, base) + key(0xC2, b"A", protection)
            uo = self.make(SESSION_KEYS, 80, contents)
            mac = "M3" if letter == b"T" else "M6"
            for code, use, usage in ((1, "PIN", "P0"), (2, "MAC", mac), (3, "DATA", "D0")):
                asked = record(0xB4, ksn), record(0xB5, bytes([code]))
                status, said = self.ask(uo, *asked)
                self.assertEqual(status, SUCCESS)
                block = key_blocks.unwrap(protection, said[0xB6].decode())
                self.assertEqual((block.key, block.header.key_usage), (keys[use], usage))
                self.assertEqual(block.header.exportability, "N")
            self.assertIn("8032", self.fails(uo, record(0xB4, ksn), record(0xB5, b"\4")))

    def test_dukpt_pin_translate(self):
        for letter, base, ksn, keys in bases():
            algorithm = "TDES" if letter == b"T" else "AES"
            ways = ((0, 3), (3, 0), (0, 4)) if letter == b"T" else ((4, 4),)
            for incoming, outgoing in ways:
                name, app = (b"A", secrets.token_bytes(16)) if outgoing == 4 else (
                    b"T", tdes_key(16))
                contents = (key(0xC0, letter, base) + key(0xC2, name, app)
                            + record(0xC6, bytes([incoming, outgoing])))
                uo = self.make(PIN_TRANSLATE, 80, contents)
                block = pins.seal(algorithm, keys["PIN"], incoming, "73915", PAN)
                asked = [record(0xB4, ksn), record(0xB7, PAN.encode()), record(0xB8, block)]
                status, said = self.ask(uo, *asked)
                self.assertEqual(status, SUCCESS)
                out = "AES" if outgoing == 4 else "TDES"
                self.assertEqual(pins.unseal(out, app, outgoing, said[0xB8], PAN), "73915")
                # Another card: the PIN does not decode, which is told inside.
                asked[1] = record(0xB7, b"4999999999999996")
                self.assertEqual(self.ask(uo, *asked), (WRONG_PIN, {}))

    def test_pins_that_fail_are_counted(self):
        base, ksn = tdes_key(16), bytes.fromhex("FFFF9876543210E00001")
        contents = (key(0xC0, b"T", base) + key(0xC2, b"T", tdes_key(16))
                    + record(0xC6, bytes([0, 0])))
        uo = self.make(PIN_TRANSLATE, 80, contents)
        asked = record(0xB4, ksn), record(0xB7, b"4000001234567899"), record(0xB8, bytes(8))
        for _ in range(6):
            self.assertEqual(self.ask(uo, *asked), (WRONG_PIN, {}))
        self.assertIn("4070", self.fails(uo, *asked))

    def test_pins_from_aes_stay_in_aes(self):
        contents = (key(0xC0, b"A", secrets.token_bytes(16)) + key(0xC2, b"T", tdes_key(16))
                    + record(0xC6, bytes([4, 0])))
        uo = self.make(PIN_TRANSLATE, 80, contents)
        asked = (record(0xB4, bytes.fromhex("123456789012345600000001")),
                 record(0xB7, PAN.encode()), record(0xB8, bytes(16)))
        self.assertIn("20bc", self.fails(uo, *asked))

    # What is refused.

    def test_what_an_object_does_not_hold(self):
        aes = key(0xC1, b"A", secrets.token_bytes(16))
        public = rsa_public(RSA.generate(2048))
        weak = key(0xC0, b"T", bytes.fromhex("0101010101010101FEFEFEFEFEFEFEFE"))
        halves = key(0xC0, b"T", tdes_key(16)[:8] * 2)
        out = key(0xC2, b"A", secrets.token_bytes(16))
        for function, room, contents in (
                (HMAC, 32, b""), (TOKENIZE, 80, b""), (TOKENIZE, 80, record(0xC7, b"a b")),
                (DETOKENIZE, 208, record(0xC7, b"cards") + record(0xC8, b"\n")),
                (TOKENIZEWRAP, 112, record(0xC7, b"cards")),
                (AES2RSA, 320, aes), (AES2RSA, 320, public + aes),
                (DES2RSA, 320, aes + public), (AES2RSA, 320, aes + public + b"\1"),
                (RSA2AES, 704, out + record(0xC4, bytes(650))), (RSA2AES, 704, aes),
                (REWRAP, 80, weak + out), (REWRAP, 80, halves + out),
                (PIN_TRANSLATE, 80, key(0xC0, b"A", b"1" * 16) + out),
                (PIN_TRANSLATE, 80, key(0xC0, b"A", b"1" * 16) + out + record(0xC6, b"\4\1"))):
            self.assertIn("8096", self.refused(function, room, contents))

    def test_length_in_front(self):
        uo = self.make(HMAC, 32, secrets.token_bytes(32))
        for data in (b"", b"\0", b"\0\4\xb0\0\0", b"\0\2\xb0\0\0", b"\0\3\xb0\0\0\0"):
            self.assertIn("a0a1", self.call(uo, data)[1], data)
        for data in (b"", b"\xb0", b"\xb0\0", b"\xb0\0\1", b"\xb1\0\0", b"\xb0\0\0" * 2):
            self.assertIn("804c", self.fails(uo, data), data)

    def test_every_type(self):
        self.assertLessEqual(SERVED.keys(), UNKNOWN)
        for function in UNKNOWN:
            # Nothing is filled in: what is served has no such key, but a type.
            status = "8096" if function in SERVED else "8004"
            room = SERVED.get(function, 16)
            self.assertIn(status, self.refused(function, room, b""), function)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
