"""Tokens. Usage: python -m objects.tokens READY DATA TYPEX.

They are of domains that the operator makes, and that `hvac` sees as well.
"""
# spec: enigma-bridge 4.5, 5.8

import json
import secrets
import sys
import unittest

from Crypto.Cipher import AES, DES3

from vault.service import Gateway, luhn

from .case import (
    DETOKENIZE, PAN, SERVED, SUCCESS, TOKENIZE, TOKENIZEWRAP, Case, bases, key, record)

GATEWAY = Gateway(*sys.argv[1:4])
NO_TOKEN = b"\x80\x3b"


class Tokens(Case):
    @classmethod
    def setUpClass(cls):
        owner = GATEWAY.caller("cashier", cards=("tokenize", "detokenize", "tokenize_transport"),
                               kept=("tokenize", "detokenize"), few=("tokenize", "detokenize"),
                               masked=("tokenize", "detokenize_masked", "tokenize_transport"),
                               shared=("tokenize", "detokenize", "view", "manage"))
        cls.owner, cls.api_key = owner, owner.token
        partition = owner.lookup_token()["data"]["meta"]["partition"]
        shared = ("--luhn", "free", "--end", "0")
        for name, options in {"cards": (), "others": (), "masked": ("--distinct", "3"),
                              "kept": ("--scheme", "vault"), "few": ("--detokenize", "2"),
                              "shared": (*shared, "--distinct", "2")}.items():
            GATEWAY.operate("tokens", "domain", "create", name, "--partition", partition, *options)

    def token(self, domain, value=PAN):
        uo = self.make(TOKENIZE, 80, record(0xC7, domain))
        status, said = self.ask(uo, record(0xB0, value.encode()))
        self.assertEqual((status, set(said)), (SUCCESS, {0xB9}))
        return said[0xB9]

    def value(self, domain, token):
        uo = self.make(DETOKENIZE, 208, record(0xC7, domain) + record(0xC8, b"refund"))
        status, said = self.ask(uo, record(0xB9, token))
        self.assertEqual((status, set(said)), (SUCCESS, {0xB0}))
        return said[0xB0].decode()

    def test_there_and_back(self):
        token = self.token(b"cards")
        self.assertEqual((len(token), token[-4:]), (16, PAN[-4:].encode()))
        self.assertNotEqual(token, PAN.encode())
        self.assertEqual(self.token(b"cards"), token)
        self.assertEqual(self.value(b"cards", token), PAN)
        uo = self.make(TOKENIZE, 80, record(0xC7, b"cards"))
        self.assertIn("8032", self.fails(uo, record(0xB0, b"12345")))
        self.assertIn("804c", self.fails(uo, record(0xB0, PAN.encode()), record(0xBB, b"refund")))

    def test_values_have_a_purpose(self):
        token = self.token(b"cards")
        uo = self.make(DETOKENIZE, 208, record(0xC7, b"cards"))
        self.assertIn("8036", self.fails(uo, record(0xB9, token)))
        why = record(0xBB, b"chargeback 17")
        self.assertEqual(self.ask(uo, record(0xB9, token), why), (SUCCESS, {0xB0: PAN.encode()}))
        number = record(0xBB, PAN.encode())
        self.assertIn("8032", self.fails(uo, record(0xB9, token), number))

    def test_tokens_that_nobody_made(self):
        token, why = self.token(b"cards"), record(0xBB, b"refund")
        uo = self.make(DETOKENIZE, 208, record(0xC7, b"cards"))
        # Its check digit says no version.
        other = token[:-5] + bytes([48 + (token[-5] - 48 + 5) % 10]) + token[-4:]
        self.assertEqual(self.ask(uo, record(0xB9, other), why), (NO_TOKEN, {}))
        uo = self.make(DETOKENIZE, 208, record(0xC7, b"kept"))
        self.assertEqual(self.ask(uo, record(0xB9, token), why), (NO_TOKEN, {}))

    def test_what_a_vault_keeps(self):
        token = self.token(b"kept")
        self.assertEqual(self.value(b"kept", token), PAN)
        uo, card = self.make(TOKENIZE, 80, record(0xC7, b"kept")), b"4000001234567899"
        life = record(0xBA, (60_000).to_bytes(8, "big"))
        status, said = self.ask(uo, record(0xB0, card), life)
        self.assertEqual(status, SUCCESS)
        self.assertEqual(self.value(b"kept", said[0xB9]), card.decode())
        self.assertIn("8032", self.fails(uo, record(0xB0, card), record(0xBA, b"\1")))
        uo = self.make(TOKENIZE, 80, record(0xC7, b"cards"))
        self.assertIn("8032", self.fails(uo, record(0xB0, card), life))

    def test_values_that_come_enciphered(self):
        token, domain = self.token(b"cards"), record(0xC7, b"cards")
        aes, iv = secrets.token_bytes(16), secrets.token_bytes(16)
        sealed = AES.new(aes, AES.MODE_CBC, iv=iv).encrypt(PAN.encode())
        uo = self.make(TOKENIZEWRAP, 112, key(0xC1, b"A", aes) + domain)
        asked = record(0xB2, iv), record(0xB3, sealed)
        self.assertEqual(self.ask(uo, *asked), (SUCCESS, {0xB9: token}))
        track = f";{PAN}=29125010000".encode().ljust(32, b"0")
        sealed = AES.new(aes, AES.MODE_CBC, iv=iv).encrypt(track)
        contents = key(0xC1, b"A", aes) + domain + record(0xC9, b"\1")
        uo = self.make(TOKENIZEWRAP, 112, contents)
        asked = record(0xB2, iv), record(0xB3, sealed)
        self.assertEqual(self.ask(uo, *asked), (SUCCESS, {0xB9: token}))
        broken = record(0xB3, bytes([sealed[0] ^ 1]) + sealed[1:])
        self.assertIn("8032", self.fails(uo, asked[0], broken))

    def test_values_of_terminals(self):
        token, domain = self.token(b"cards"), record(0xC7, b"cards")
        for letter, base, ksn, keys in bases():
            module = DES3 if letter == b"T" else AES
            uo = self.make(TOKENIZEWRAP, 112, key(0xC0, letter, base) + domain)
            sealed = module.new(keys["DATA"], module.MODE_CBC, iv=bytes(module.block_size))
            asked = record(0xB4, ksn), record(0xB3, sealed.encrypt(PAN.encode()))
            self.assertEqual(self.ask(uo, *asked), (SUCCESS, {0xB9: token}))
            self.assertIn("8032", self.fails(uo, record(0xB4, ksn[1:]), asked[1]))

    def test_rights_are_of_the_caller(self):
        for function, name, asked in ((TOKENIZE, b"others", record(0xB0, PAN.encode())),
                                      (TOKENIZE, b"nowhere", record(0xB0, PAN.encode())),
                                      (DETOKENIZE, b"others", record(0xB9, PAN.encode()))):
            contents = record(0xC7, name) + record(0xC8, b"refund") * (function == DETOKENIZE)
            uo = self.make(function, SERVED[function], contents)
            self.assertIn("20bc", self.fails(uo, asked))
        aes = secrets.token_bytes(16)
        for name in (b"kept", b"others"):
            uo = self.make(TOKENIZEWRAP, 112, key(0xC1, b"A", aes) + record(0xC7, name))
            sealed = AES.new(aes, AES.MODE_CBC, iv=bytes(16)).encrypt(PAN.encode())
            self.assertIn("20bc", self.fails(uo, record(0xB3, sealed)))
        token = self.token(b"masked")
        self.assertEqual(self.value(b"masked", token), f"{PAN[:6]}******{PAN[-4:]}")

    def test_values_are_counted_however_they_come(self):
        # Alike in the digits that quotas go by, with right check digits.
        cards = [f"411111{middle}1111" for middle in ("111111", "111129", "111137", "111145")]
        self.assertEqual([luhn(card[:-1]) for card in cards], [1] * 4)
        for card in cards[:3]:
            self.token(b"masked", card)
        aes, domain = secrets.token_bytes(16), record(0xC7, b"masked")
        asked = AES.new(aes, AES.MODE_CBC, iv=bytes(16)).encrypt(cards[3].encode())
        wrapped = self.make(TOKENIZEWRAP, 112, key(0xC1, b"A", aes) + domain)
        self.assertIn("4070", self.fails(wrapped, record(0xB3, asked)))
        plain = self.make(TOKENIZE, 80, domain)
        self.assertIn("4070", self.fails(plain, record(0xB0, cards[3].encode())))
        # What was asked before costs nothing.
        self.token(b"masked", cards[0])

    def test_values_that_are_told_are_counted(self):
        token = self.token(b"few")
        for _ in range(2):
            self.assertEqual(self.value(b"few", token), PAN)
        uo = self.make(DETOKENIZE, 208, record(0xC7, b"few"))
        self.assertIn("4070", self.fails(uo, record(0xB9, token), record(0xBB, b"refund")))

    def test_domains_are_those_of_other_dialects(self):
        transform = self.owner.secrets.transform
        transform.create_or_update_fpe_transformation(
            "shared", "builtin/creditcardnumber", "internal", allowed_roles=["shared"])
        transform.create_or_update_role("shared", ["shared"])
        code = transform.encode("shared", value=PAN)["data"]["encoded_value"]
        self.assertEqual(self.token(b"shared"), code.encode())
        self.assertEqual(self.value(b"shared", code.encode()), PAN)
        # One that differs only where the quota looks away from.
        other, third = PAN[:6] + "999999" + PAN[-4:], PAN[:6] + "888888" + PAN[-4:]
        transform.encode("shared", value=other)
        uo = self.make(TOKENIZE, 80, record(0xC7, b"shared"))
        self.assertIn("4070", self.fails(uo, record(0xB0, third.encode())))

    def test_the_log_says_why(self):
        token, domain = self.token(b"cards"), record(0xC7, b"cards")
        uo = self.make(DETOKENIZE, 208, domain + record(0xC8, b"yearly audit"))
        self.ask(uo, record(0xB9, token))
        self.ask(uo, record(0xB9, token), record(0xBB, b"ticket 4711"))
        missing = {"yearly audit", "ticket 4711"}
        for line in GATEWAY.logged("detokenize"):
            self.assertNotIn(PAN, line)
            self.assertNotIn(token.decode(), line)
            if json.loads(line).get("purpose") in missing:
                self.assertEqual(json.loads(line)["domain"], "cards")
                missing.remove(json.loads(line)["purpose"])
            if not missing:
                break
        self.assertFalse(missing)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
