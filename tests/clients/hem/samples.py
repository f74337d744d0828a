"""The client against values that others published. Usage: python -m hem.samples PUBLISHED LOG."""

import sys
import unittest

from cryptography.exceptions import InvalidSignature

from . import attestation, log, tokens
from .encoding import unb64, unb64url
from .tokens import Pair

AUTHENTICATOR = "20e84bfe712c139fa4874fa9c88d50bdee6853fdc2941343ba4146118908ba78"
EID = "adc3c5f5712fa6c17ab4f5b73d3bdbb82d940aa0bed2408e26e5ff920635b939"
with open(sys.argv.pop(1), encoding="utf-8") as lines:
    PUBLISHED = dict(line.rstrip("\n").split(" ", 1) for line in lines if not line.startswith("#"))
with open(sys.argv.pop(1), encoding="utf-8") as lines:
    LOG = lines.read()


class Samples(unittest.TestCase):
    # spec: encedo-hem 3.1
    def test_passphrase(self):
        pair = Pair.of_passphrase("correct horse battery staple",
                                  "d4ad81b06b1d493ab2b6f9b1a3e2c7f0")
        self.assertEqual(pair.name, PUBLISHED["passphrase_public"])

    # spec: encedo-hem 3.7
    def test_concealed_scope(self):
        key = Pair(bytes.fromhex(AUTHENTICATOR)).agree(bytes.fromhex(EID))
        jti, entry = unb64(PUBLISHED["scheme_a_jti"]), PUBLISHED["scheme_a_entry"]
        self.assertEqual(tokens.reveal(key, jti, entry), "keymgmt:list")
        self.assertEqual(tokens.conceal(key, jti, "keymgmt:list"), entry)
        changed = entry[:-3] + ("A" if entry[-3] != "A" else "B") + entry[-2:]
        with self.assertRaises((tokens.WrongToken, ValueError)):
            tokens.reveal(key, jti, changed)

    # spec: encedo-hem 2.1, 2.2
    def test_access_tokens(self):
        for name in ("token_local", "token_peer", "token_init"):
            header, claims = tokens.read(PUBLISHED[name])
            self.assertEqual(list(header.items()), [("typ", "JWT"), ("alg", "HS256")])
            self.assertEqual(list(claims)[:5], ["scope", "sub", "iat", "exp", "jti"])
            issued = int.from_bytes(unb64(claims["jti"])[:4], "little")
            self.assertEqual(issued, claims["iat"])

    def test_tokens_of_two_parties(self):
        ours, theirs = Pair(), Pair()
        token = tokens.sign(ours, theirs.public, {"iss": ours.name, "jti": "a"})
        self.assertEqual(tokens.verify(token, theirs, ours.public)["jti"], "a")
        with self.assertRaises(tokens.WrongToken):
            tokens.verify(token, theirs, theirs.public)
        with self.assertRaises(tokens.WrongToken):
            tokens.verify(token, Pair())
        header, claims = tokens.read(PUBLISHED["login_request"])
        self.assertEqual(header, {"ecdh": "x25519", "typ": "JWT", "alg": "HS256"})
        self.assertEqual(list(claims)[:5], ["iss", "aud", "iat", "exp", "jti"])

    # spec: encedo-hem 7.1, 7.2
    def test_log(self):
        key = unb64(PUBLISHED["log_key"])
        log.Ed25519PublicKey.from_public_bytes(key).verify(
            unb64(PUBLISHED["log_nonce_signed"]), unb64(PUBLISHED["log_nonce"]))
        events = [record.event for record in log.verify(LOG, key)]
        self.assertEqual(events, [0, 1, 7, 0x13, 0x1D, 0x12, 2])
        for before, after, error in ((b"|12|0|U|", b"|12|0|M|", log.WrongLog),
                                     (b"\n3|", b"\n4|", log.WrongLog),
                                     (b"|sMfJ", b"|tMfJ", InvalidSignature)):
            with self.assertRaises(error):
                log.verify(LOG.encode().replace(before, after).decode(), key)

    # spec: encedo-hem 4.6
    def test_attestation(self):
        certificate = unb64(PUBLISHED["certificate"])
        genuine = PUBLISHED["genuine"]
        self.assertEqual(attestation.verify(genuine, certificate), 1647641285)
        with self.assertRaises(InvalidSignature):
            attestation.verify(genuine.replace(".MTY0NzY0MTI4NQ==", ".MTY0NzY0MTI4Ng=="),
                               certificate)

    def test_base64(self):
        self.assertEqual(unb64url("_v7-_g"), bytes.fromhex("fefefefe"))
        with self.assertRaises(ValueError):
            unb64("AAB=")


if __name__ == "__main__":
    unittest.main(verbosity=1)
