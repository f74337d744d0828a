"""Each operation of the data plane with checked answers, and what is refused.

Usage: python -m payments.operations READY DATA TYPEX.
"""

import sys
import unittest

from . import fresh, pins, rsa_cases
from .ciphers import encrypt
from .deck import Deck
from .fresh import RANDOM, hexed
from .held import Held, Keys
from .pin_cases import REFUSED_WAYS, Under, static, translation
from .service import Caller, Gateway

READY, FOLDER, TYPEX = sys.argv[1:4]
# spec: aws-payment 5.8
REFUSED = {"generate_as2805_kek_validation", "translate_key_material"}
BIG_BYTES = 2048
# spec: payments 0.1
STATUS = {"AccessDeniedException": 403, "ConflictException": 409,
          "ResourceNotFoundException": 404, "ServiceQuotaExceededException": 402,
          "ThrottlingException": 429, "ValidationException": 400,
          "VerificationFailedException": 400}

AGREED = "is not served: keys are not agreed upon within a request"

class Operations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(READY, FOLDER, TYPEX)
        cls.caller = Caller(cls.gateway, cls.gateway.access())
        cls.data = cls.caller.data
        cls.keys = Keys(cls.caller)
        cls.deck = Deck(cls.keys)

    def refused(self, name: str, operation: str, **request) -> dict:
        """Answers with an exception of that name, of botocore's own class."""
        return refused(self, self.data, name, operation, **request)

    def test_every_kind(self):
        called = set()
        for name, make in self.deck.kinds.items():
            with self.subTest(name):
                case = make()
                case.check(getattr(self.data, case.operation)(**case.request))
                called.add(case.operation)
        there = {self.data.meta.method_to_api_mapping[one] for one in called | REFUSED}
        self.assertEqual(there, set(self.data.meta.service_model.operation_names))

    # spec: payments 7
    def test_lengths(self):
        key = self.deck.data[-1]
        for size in (16, BIG_BYTES):
            plain = fresh.octets(size)
            answer = self.data.encrypt_data(
                KeyIdentifier=key.arn, PlainText=hexed(plain),
                EncryptionAttributes={"Symmetric": {"Mode": "CBC"}})
            expected = hexed(encrypt(key.algorithm, key.key, "CBC", None, plain))
            self.assertEqual(answer["CipherText"], expected)
        for size in (15, 17):
            self.refused("ValidationException", "encrypt_data", KeyIdentifier=key.arn,
                         PlainText="00" * size,
                         EncryptionAttributes={"Symmetric": {"Mode": "CBC"}})

    # spec: payments 9
    def test_data_under_rsa(self):
        pair, other = rsa_cases.Pair(self.keys), self.deck.data[-1]
        self.keys.pair(pair.held, other, "data")
        for kind in rsa_cases.PADDINGS:
            plain, way = fresh.octets(48), rsa_cases.attributes(kind)
            sealed = self.data.encrypt_data(KeyIdentifier=pair.held.arn, PlainText=hexed(plain),
                                            EncryptionAttributes=way)
            self.assertEqual(sealed["KeyCheckValue"], pair.held.check_value)
            for text in (sealed["CipherText"], pair.seal(kind, plain)):
                answer = self.data.decrypt_data(KeyIdentifier=pair.held.arn, CipherText=text,
                                                DecryptionAttributes=way)
                self.assertEqual(answer["PlainText"], hexed(plain))
                answer = self.data.re_encrypt_data(**self.from_rsa(pair, other, way, text))
                expected = hexed(encrypt(other.algorithm, other.key, "CFB", None, plain))
                self.assertEqual(answer["CipherText"], expected)

    # spec: payments 9
    def test_what_rsa_does_not_pad_tells_nothing(self):
        pair, other = rsa_cases.Pair(self.keys), self.deck.data[-1]
        self.keys.pair(pair.held, other, "data")
        for kind in rsa_cases.PADDINGS:
            text, way = pair.unpadded(RANDOM.getrandbits(2000)), rsa_cases.attributes(kind)
            self.refused("ValidationException", "decrypt_data", KeyIdentifier=pair.held.arn,
                         CipherText=text, DecryptionAttributes=way)
            request = self.from_rsa(pair, other, way, text)
            if kind == rsa_cases.PKCS1:
                one, again = (self.data.re_encrypt_data(**request) for _ in range(2))
                self.assertEqual(one["CipherText"], again["CipherText"])
            else:
                self.refused("ValidationException", "re_encrypt_data", **request)

    def from_rsa(self, pair: rsa_cases.Pair, other: Held, way: dict, text: str) -> dict:
        """A request that goes from RSA to a symmetric key."""
        return {"IncomingKeyIdentifier": pair.held.arn, "OutgoingKeyIdentifier": other.arn,
                "CipherText": text, "IncomingEncryptionAttributes": way,
                "OutgoingEncryptionAttributes": {"Symmetric": {"Mode": "CFB"}}}

    # spec: payments 0
    def test_digits_of_either_case(self):
        key, plain = self.deck.data[-1], bytes(range(0xA0, 0xB0))
        answers = [self.data.encrypt_data(
            KeyIdentifier=key.arn, PlainText=text,
            EncryptionAttributes={"Symmetric": {"Mode": "ECB"}})["CipherText"]
            for text in (plain.hex(), hexed(plain))]
        self.assertEqual(answers, [hexed(encrypt(key.algorithm, key.key, "ECB", None, plain))] * 2)

    # spec: payments 1.4
    def test_translations_that_are_refused(self):
        one, other = (static(self.keys.new("P0", "TDES_2KEY")) for _ in range(2))
        strong = static(self.keys.new("P0", "AES_128"))
        for incoming in (one, strong):
            self.keys.pair(incoming.key, other.key, "pin")
        for way in REFUSED_WAYS:
            incoming = strong if way[0] == 4 else one
            request = translation(incoming, other, way, fresh.pin(), fresh.pan())
            self.refused("ValidationException", "translate_pin_data", **request)
        request = translation(one, other, (0, 0), fresh.pin(), fresh.pan())
        inner = request["OutgoingTranslationAttributes"]["IsoFormat0"]
        inner["PrimaryAccountNumber"] = fresh.pan()
        self.refused("ValidationException", "translate_pin_data", **request)
        request = translation(one, other, (1, 0), fresh.pin(), fresh.pan())
        self.refused("ValidationException", "translate_pin_data", **request)

    # spec: payments 1.4
    def test_translations_draw_anew(self):
        one, other = (static(self.keys.new("P0", "TDES_2KEY")) for _ in range(2))
        self.keys.pair(one.key, other.key, "pin")
        request = translation(one, other, (0, 3), "1234", fresh.pan())
        blocks = {self.data.translate_pin_data(**request)["PinBlock"] for _ in range(8)}
        self.assertEqual(len(blocks), 8)

    # spec: payments 1.2
    def test_blocks_that_do_not_decode(self):
        one, other = (static(self.keys.new("P0", "TDES_2KEY")) for _ in range(2))
        self.keys.pair(one.key, other.key, "pin")
        messages = set()
        for clear in ("041225EEEEEEEEEE", "0D1225EEEEEEEEEE", "031225EEEEEEEEEE",
                      "241225EEEEEEEEEE", "0412A5EEEEEEEEEE", "041225EEEEEEEEE1"):
            messages.add(self.block_refused(one, other, clear))
        self.assertEqual(len(messages), 1, messages)

    def block_refused(self, one: Under, other: Under, clear: str) -> str:
        """What is said of a block; the first of them is made wrong by another PAN."""
        pan = "4111111111111111"
        block = encrypt(one.algorithm, one.secret, "ECB", None, bytes.fromhex(clear))
        if clear.startswith("0412") and clear.endswith("EE") and "A" not in clear:
            block = pins.seal(one.algorithm, one.secret, 3, "1234", pan)
        request = translation(one, other, (0, 0), "1234", pan) | {
            "EncryptedPinBlock": hexed(block)}
        return self.refused("ValidationException", "translate_pin_data", **request)["message"]

    # spec: aws-payment 5.8
    def test_what_is_not_served(self):
        arn = self.deck.data[0].arn
        validation = {"KekValidationRequest": {"DeriveKeyAlgorithm": "TDES_2KEY"}}
        self.refused("ValidationException", "generate_as2805_kek_validation", KeyIdentifier=arn,
                     KekValidationType=validation, RandomKeySendVariantMask="VARIANT_MASK_82")
        agreed = {"PrivateKeyIdentifier": arn, "CertificateAuthorityPublicKeyIdentifier": arn,
                  "PublicKeyCertificate": "a", "DeriveKeyAlgorithm": "AES_256",
                  "KeyDerivationFunction": "NIST_SP800", "KeyDerivationHashAlgorithm": "SHA_256",
                  "DerivationData": {"SharedInformation": "00"}, "WrappedKeyBlock": "0" * 56}
        told = self.refused("ValidationException", "translate_key_material",
                            IncomingKeyMaterial={"DiffieHellmanTr31KeyBlock": agreed},
                            OutgoingKeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": arn}})
        self.assertEqual(told["message"], f"TranslateKeyMaterial {AGREED}")
        derived = {name: agreed[name] for name in (
            "CertificateAuthorityPublicKeyIdentifier", "PublicKeyCertificate",
            "KeyDerivationFunction", "KeyDerivationHashAlgorithm")}
        derived |= {"KeyAlgorithm": "AES_256", "SharedInformation": "00"}
        told = self.refused(
            "ValidationException", "encrypt_data", KeyIdentifier=arn, PlainText="00" * 16,
            EncryptionAttributes={"Symmetric": {"Mode": "CBC"}},
            WrappedKey={"WrappedKeyMaterial": {"DiffieHellmanSymmetricKey": derived}})
        self.assertEqual(told["fieldList"], [{
            "path": "WrappedKey.WrappedKeyMaterial.DiffieHellmanSymmetricKey",
            "message": AGREED}])
        card = self.deck.card[0]
        amex = {"AmexCardSecurityCodeVersion1": {"CardExpiryDate": "2901"}}
        self.refused("ValidationException", "generate_card_validation_data",
                     KeyIdentifier=card.arn, PrimaryAccountNumber="378282246310005",
                     GenerationAttributes=amex)
        self.refused("ValidationException", "generate_mac", KeyIdentifier=self.deck.mac[0].arn,
                     MessageData="00", GenerationAttributes={"Algorithm": "AS2805_4_1"})

    # spec: payments 12.1
    def test_our_modes_are_not_public(self):
        for mode in ("GCM", "CTR"):
            self.refused("ValidationException", "encrypt_data", PlainText="00" * 16,
                         KeyIdentifier=self.deck.data[-1].arn,
                         EncryptionAttributes={"Symmetric": {"Mode": mode}})

    # spec: payments 3.1, 3.2
    def test_counters_that_no_device_has(self):
        for base, ksn in ((self.deck.base[0], "FFFF9876543210E00000"),
                          (self.deck.base[0], "FFFF9876543210E007FF"),
                          (self.deck.base[1], "12345678901234560001FFFF"),
                          (self.deck.base[1], "123456789012345600000000"),
                          (self.deck.base[1], "FFFF9876543210E00001"),
                          (self.deck.base[0], "123456789012345600000001")):
            attributes = {"Dukpt": {"KeySerialNumber": ksn}}
            self.refused("ValidationException", "encrypt_data", KeyIdentifier=base.arn,
                         PlainText="00" * 16, EncryptionAttributes=attributes)

    # spec: payments 9
    def test_one_key_for_both_sides(self):
        key = self.deck.data[-1]
        self.keys.pair(key, key, "data")
        attributes = {"Symmetric": {"Mode": "CBC"}}
        self.refused("ValidationException", "re_encrypt_data", IncomingKeyIdentifier=key.arn,
                     OutgoingKeyIdentifier=key.arn, CipherText="00" * 32,
                     IncomingEncryptionAttributes=attributes,
                     OutgoingEncryptionAttributes=attributes)

    # spec: payments 9
    def test_several_blocks_do_not_go_out_in_ecb(self):
        one, other = self.deck.data[-1], self.deck.data[-2]
        self.keys.pair(one, other, "data")
        request = {"IncomingKeyIdentifier": one.arn, "OutgoingKeyIdentifier": other.arn,
                   "IncomingEncryptionAttributes": {"Symmetric": {"Mode": "CBC"}},
                   "OutgoingEncryptionAttributes": {"Symmetric": {"Mode": "ECB"}}}
        self.data.re_encrypt_data(**request, CipherText="00" * 16)
        self.refused("ValidationException", "re_encrypt_data", **request, CipherText="00" * 32)

    # spec: payments 4.2
    def test_key_blocks_that_are_changed(self):
        key, member = self.keys.wrapped("D0", "AES_256")
        text = member["WrappedKeyMaterial"]["Tr31KeyBlock"]
        messages = set()
        for at in RANDOM.sample(range(len(text)), 24):
            other = "1" if text[at] != "1" else "2"
            changed = {"WrappedKeyMaterial": {"Tr31KeyBlock": text[:at] + other + text[at + 1:]}}
            error = self.refused("ValidationException", "encrypt_data", KeyIdentifier=key.arn,
                                 PlainText="00" * 16, WrappedKey=changed,
                                 EncryptionAttributes={"Symmetric": {"Mode": "CBC"}})
            messages.add(error["message"])
        self.assertEqual(len(messages), 1, messages)


def refused(test: unittest.TestCase, client, name: str, operation: str, **request) -> dict:
    """The answer of a call that raises botocore's own class of that name."""
    with test.assertRaises(getattr(client.exceptions, name), msg=f"{operation} {request}") as error:
        getattr(client, operation)(**request)
    answer = error.exception.response
    test.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], STATUS[name])
    test.assertEqual(answer["Error"]["Code"], name)
    return answer


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
