"""The control plane. Usage: python -m payments.control READY DATA TYPEX."""

import datetime
import sys
import unittest

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from . import fresh, key_blocks
from .ciphers import check_value
from .fresh import RANDOM
from .held import HASHES, MODES, USUAL_MODE, Held, Keys, attributes, load_certificate
from .service import Caller, Gateway

READY, FOLDER, TYPEX = sys.argv[1:4]
# Every usage with an algorithm that it can have.
CREATED = [("B0", "TDES_2KEY"), ("B0", "AES_128"), ("C0", "TDES_2KEY"), ("D0", "TDES_3KEY"),
           ("D0", "AES_256"), ("E0", "TDES_2KEY"), ("E1", "TDES_2KEY"), ("E2", "TDES_2KEY"),
           ("E4", "TDES_2KEY"), ("K0", "TDES_3KEY"), ("K1", "AES_256"), ("M0", "TDES_2KEY"),
           ("M1", "TDES_2KEY"), ("M3", "TDES_2KEY"), ("M6", "AES_128"), ("M7", "HMAC_SHA256"),
           ("M7", "HMAC_SHA512"), ("P0", "TDES_2KEY"), ("P0", "AES_256"), ("V1", "TDES_2KEY"),
           ("V2", "TDES_2KEY")]
IMPORTED = [("B0", "TDES_2KEY"), ("B0", "AES_256"), ("C0", "TDES_2KEY"), ("D0", "AES_192"),
            ("E0", "TDES_2KEY"), ("E4", "TDES_2KEY"), ("M1", "TDES_2KEY"), ("M3", "TDES_2KEY"),
            ("M6", "AES_256"), ("M7", "HMAC_SHA384"), ("P0", "TDES_3KEY"), ("P0", "AES_128"),
            ("V2", "TDES_2KEY")]
# Than AES-128.
STRONGER = (("D0", "AES_256"), ("M7", "HMAC_SHA256"), ("M7", "HMAC_SHA512"))
PAGE = 7
DAYS = datetime.timedelta(days=1)


def modes(attributes: dict) -> set:
    """Those that are set."""
    return {name for name, is_set in attributes["KeyModesOfUse"].items() if is_set}


class Control(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(READY, FOLDER, TYPEX)
        cls.caller = Caller(cls.gateway, cls.gateway.access())
        cls.control = cls.caller.control
        cls.keys = Keys(cls.caller)

    def create(self, usage: str = "D0", algorithm: str = "AES_256", **options) -> dict:
        options = {"KeyAttributes": attributes(usage, algorithm), "Exportable": True} | options
        return self.control.create_key(**options)["Key"]

    def get(self, name: str) -> dict:
        return self.control.get_key(KeyIdentifier=name)["Key"]

    def listed(self, **options) -> list:
        """All keys, page by page."""
        pages = self.control.get_paginator("list_keys").paginate(
            **options, PaginationConfig={"PageSize": PAGE})
        found = []
        for page in pages:
            self.assertLessEqual(len(page["Keys"]), PAGE)
            found += page["Keys"]
        return found

    def test_created_keys(self):
        for usage, algorithm in CREATED:
            with self.subTest(usage=usage, algorithm=algorithm):
                before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)
                key = self.create(usage, algorithm)
                asked = attributes(usage, algorithm)
                for member in ("KeyUsage", "KeyClass", "KeyAlgorithm"):
                    self.assertEqual(key["KeyAttributes"][member], asked[member])
                self.assertEqual(modes(key["KeyAttributes"]), modes(asked))
                self.assertEqual((key["Enabled"], key["Exportable"], key["KeyState"],
                                  key["KeyOrigin"]),
                                 (True, True, "CREATE_COMPLETE", "AWS_PAYMENT_CRYPTOGRAPHY"))
                usual = {"T": "ANSI_X9_24", "A": "CMAC", "H": "HMAC"}[algorithm[0]]
                self.assertEqual(key["KeyCheckValueAlgorithm"], usual)
                self.assertRegex(key["KeyCheckValue"], "^[0-9A-F]{6}$")
                self.assertRegex(key["KeyArn"], r"^arn:aws:payment-cryptography:us-east-1:"
                                                r"\d{12}:key/[0-9a-zA-Z]{16,64}$")
                self.assertGreaterEqual(key["CreateTimestamp"], before)
                self.assertEqual(self.get(key["KeyArn"]), key)

    def test_two_keys_differ(self):
        one, other = (self.create() for _ in range(2))
        self.assertNotEqual(one["KeyArn"], other["KeyArn"])
        self.assertNotEqual(one["KeyCheckValue"], other["KeyCheckValue"])

    def test_a_check_value_of_another_kind(self):
        for kind in ("CMAC", "ANSI_X9_24"):
            key = self.create(KeyCheckValueAlgorithm=kind)
            self.assertEqual(key["KeyCheckValueAlgorithm"], kind)
            block = self.export(key["KeyArn"])
            clear = key_blocks.unwrap(self.keys.kbpk.key, block["KeyMaterial"]).key
            self.assertEqual(check_value("AES_256", clear, kind), key["KeyCheckValue"])

    def export(self, name: str, **headers) -> dict:
        # Whoever knows the protecting key reads what leaves under it.
        self.keys.pair(Held(name, "", "", b""), self.keys.kbpk, "key")
        material = {"WrappingKeyIdentifier": self.keys.kbpk.arn}
        if headers:
            material["KeyBlockHeaders"] = headers
        return self.control.export_key(ExportKeyIdentifier=name,
                                       KeyMaterial={"Tr31KeyBlock": material})["WrappedKey"]

    # spec: payments 4
    def test_exported_keys(self):
        for usage, algorithm in CREATED:
            with self.subTest(usage=usage, algorithm=algorithm):
                key = self.create(usage, algorithm)
                made = self.export(key["KeyArn"])
                self.assertEqual((made["WrappingKeyArn"], made["WrappedKeyMaterialFormat"]),
                                 (self.keys.kbpk.arn, "TR31_KEY_BLOCK"))
                header, clear = key_blocks.unwrap(self.keys.kbpk.key, made["KeyMaterial"])
                self.assertEqual((header.version_id, header.key_usage, header.algorithm),
                                 ("D", usage, algorithm[0]))
                self.assertEqual(header.mode_of_use, USUAL_MODE[usage[0]])
                self.assertEqual(check_value(algorithm, clear), key["KeyCheckValue"])

    # spec: payments 4.2
    def test_stronger_keys_do_not_leave(self):
        kbpk = self.create("K1", "AES_128")["KeyArn"]
        material = {"Tr31KeyBlock": {"WrappingKeyIdentifier": kbpk}}

        def export(usage: str, algorithm: str) -> dict:
            name = self.create(usage, algorithm)["KeyArn"]
            return self.control.export_key(ExportKeyIdentifier=name, KeyMaterial=material)

        self.assertEqual(export("D0", "AES_128")["WrappedKey"]["WrappingKeyArn"], kbpk)
        for usage, algorithm in STRONGER:
            with (self.subTest(algorithm=algorithm),
                  self.assertRaises(self.control.exceptions.ValidationException)):
                export(usage, algorithm)

    def test_headers_of_exported_keys(self):
        key = self.create("D0", "AES_128")
        made = self.export(key["KeyArn"], KeyModesOfUse={"Encrypt": True, "Wrap": True},
                           KeyExportability="NON_EXPORTABLE", KeyVersion="17")
        header, clear = key_blocks.unwrap(self.keys.kbpk.key, made["KeyMaterial"])
        self.assertEqual((header.mode_of_use, header.exportability, header.version_num),
                         ("E", "N", "17"))
        self.assertEqual(check_value("AES_128", clear), key["KeyCheckValue"])

    # spec: aws-payment 7.6, payments 4.1
    def test_optional_blocks_of_exported_keys(self):
        for usage, algorithm in (("D0", "AES_128"), ("P0", "TDES_2KEY"), ("M7", "HMAC_SHA256")):
            for blocks in ({"LB": "terminal7"}, {"TS": "20260101000000Z", "10": "ofours"},
                           {"LB": "a" * 108}):
                with self.subTest(algorithm=algorithm, blocks=blocks):
                    key = self.create(usage, algorithm)
                    made = self.export(key["KeyArn"], OptionalBlocks=blocks, KeyVersion="A7")
                    text = made["KeyMaterial"]
                    header, clear = key_blocks.unwrap(self.keys.kbpk.key, text)
                    said = {name: header.blocks[name] for name in header.blocks}
                    said.pop("PB", None)
                    if algorithm in HASHES:
                        self.assertEqual(said.pop("HM"), HASHES[algorithm])
                    self.assertEqual((said, header.version_num), (blocks, "A7"))
                    self.assertEqual(check_value(algorithm, clear), key["KeyCheckValue"])
                    again = self.keys.import_block(text)
                    self.assertEqual(again["KeyCheckValue"], key["KeyCheckValue"])

    # spec: payments 4
    def test_imported_key_blocks(self):
        for usage, algorithm in IMPORTED:
            with self.subTest(usage=usage, algorithm=algorithm):
                clear, mode = fresh.key(algorithm), USUAL_MODE[usage[0]]
                key = self.keys.import_block(self.keys.block(usage, algorithm, clear))
                self.assertEqual(key["KeyCheckValue"], check_value(algorithm, clear))
                told = key["KeyAttributes"]
                self.assertEqual((told["KeyUsage"], told["KeyAlgorithm"], modes(told)),
                                 (attributes(usage, algorithm)["KeyUsage"], algorithm,
                                  set(MODES[mode])))
                self.assertEqual((key["KeyOrigin"], key["Exportable"]), ("EXTERNAL", True))
                if usage == "P0":
                    block = self.export(key["KeyArn"])["KeyMaterial"]
                    self.assertEqual(key_blocks.unwrap(self.keys.kbpk.key, block).key, clear)

    # spec: payments 4.1
    def test_imported_key_blocks_with_optional_blocks(self):
        for _ in range(20):
            algorithm = RANDOM.choice(("TDES_2KEY", "AES_128", "AES_256"))
            clear = fresh.key(algorithm)
            blocks = {"LB": "".join(RANDOM.choices("abcXYZ019", k=RANDOM.randint(1, 40))),
                      "TS": "20260101000000Z", "Z9": "ofours"}
            blocks = dict(RANDOM.sample(sorted(blocks.items()), RANDOM.randint(1, 3)))
            text = key_blocks.wrap(self.keys.kbpk.key, f"DD0{algorithm[0]}B00E", clear, blocks)
            key = self.keys.import_block(text)
            self.assertEqual(key["KeyCheckValue"], check_value(algorithm, clear))

    # spec: payments 4.2
    def test_key_blocks_under_triple_des(self):
        kbpk = self.keys.cryptogram("K1", "TDES_3KEY")
        self.keys.bring_in(kbpk, ["P0"])
        clear = fresh.key("TDES_2KEY")
        text = key_blocks.wrap(kbpk.key, "BP0TB00E", clear)
        key = self.control.import_key(KeyMaterial={"Tr31KeyBlock": {
            "WrappingKeyIdentifier": kbpk.arn, "WrappedKeyBlock": text}})["Key"]
        self.assertEqual(key["KeyCheckValue"], check_value("TDES_2KEY", clear))

    def test_imported_cryptograms(self):
        for usage, algorithm in (("K1", "AES_128"), ("K0", "TDES_3KEY"), ("D0", "AES_256"),
                                 ("P0", "TDES_2KEY")):
            with self.subTest(usage=usage, algorithm=algorithm):
                held = self.keys.cryptogram(usage, algorithm)
                key = self.get(held.arn)
                self.assertEqual((key["KeyCheckValue"], key["KeyOrigin"]),
                                 (held.check_value, "EXTERNAL"))

    def test_parameters_for_import(self):
        ask = {"KeyMaterialType": "KEY_CRYPTOGRAM", "WrappingKeyAlgorithm": "RSA_3072"}
        one = self.control.get_parameters_for_import(**ask)
        again = self.control.get_parameters_for_import(**ask, ReuseLastGeneratedToken=True)
        other = self.control.get_parameters_for_import(**ask)
        tokens = [made["ImportToken"] for made in (one, again, other)]
        self.assertEqual(tokens[0], tokens[1])
        self.assertNotEqual(tokens[0], tokens[2])
        certificate = load_certificate(one["WrappingKeyCertificate"])
        self.assertEqual(certificate.public_key().key_size, 3072)
        self.assertEqual(one["WrappingKeyAlgorithm"], "RSA_3072")
        self.assertGreater(one["ParametersValidUntilTimestamp"],
                           datetime.datetime.now(datetime.UTC) + DAYS)

    def test_certificates_of_pairs(self):
        made = {"KeyUsage": "TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION",
                "KeyClass": "ASYMMETRIC_KEY_PAIR", "KeyAlgorithm": "RSA_2048",
                "KeyModesOfUse": {"Decrypt": True, "Unwrap": True}}
        key = self.control.create_key(KeyAttributes=made, Exportable=False)["Key"]["KeyArn"]
        told = self.control.get_public_key_certificate(KeyIdentifier=key)
        public = load_certificate(told["KeyCertificate"]).public_key()
        self.assertEqual(public.key_size, 2048)
        plain = fresh.octets(32)
        sealed = public.encrypt(plain, padding.OAEP(
            padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
        answer = self.caller.data.decrypt_data(
            KeyIdentifier=key, CipherText=fresh.hexed(sealed),
            DecryptionAttributes={"Asymmetric": {"PaddingType": "OAEP_SHA256"}})
        self.assertEqual(answer["PlainText"], fresh.hexed(plain))

    def test_pages_of_keys(self):
        made = {self.create()["KeyArn"] for _ in range(2 * PAGE)}
        listed = self.listed()
        names = [one["KeyArn"] for one in listed]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual(made, set(names))
        for one in listed:
            full = self.get(one["KeyArn"])
            self.assertEqual(one, {member: full[member] for member in one})
        self.control.delete_key(KeyIdentifier=made.pop(), DeleteKeyInDays=3)
        pending = self.listed(KeyState="DELETE_PENDING")
        self.assertTrue(pending)
        self.assertEqual({one["KeyState"] for one in pending}, {"DELETE_PENDING"})

    # spec: payments 11.3
    def test_deletion(self):
        name = self.create()["KeyArn"]
        for days in (3, 180, None):
            options = {} if days is None else {"DeleteKeyInDays": days}
            key = self.control.delete_key(KeyIdentifier=name, **options)["Key"]
            self.assertEqual(key["KeyState"], "DELETE_PENDING")
            left = key["DeletePendingTimestamp"] - datetime.datetime.now(datetime.UTC)
            self.assertAlmostEqual(left / DAYS, days or 7, delta=0.01)
            self.assertEqual(self.get(name)["KeyState"], "DELETE_PENDING")
            with self.assertRaises(self.caller.data.exceptions.ValidationException):
                self.encrypt(name)
            key = self.control.restore_key(KeyIdentifier=name)["Key"]
            self.assertEqual(key["KeyState"], "CREATE_COMPLETE")
            self.assertNotIn("DeletePendingTimestamp", key)

    def encrypt(self, name: str) -> dict:
        return self.caller.data.encrypt_data(
            KeyIdentifier=name, PlainText="00" * 16,
            EncryptionAttributes={"Symmetric": {"Mode": "CBC"}})

    def test_stopped_keys(self):
        name = self.create(Enabled=False)["KeyArn"]
        refused = self.caller.data.exceptions.ValidationException
        with self.assertRaises(refused):
            self.encrypt(name)
        self.assertTrue(self.control.start_key_usage(KeyIdentifier=name)["Key"]["Enabled"])
        answer = self.encrypt(name)
        key = self.control.stop_key_usage(KeyIdentifier=name)["Key"]
        self.assertFalse(key["Enabled"])
        self.assertIn("UsageStopTimestamp", key)
        with self.assertRaises(refused):
            self.encrypt(name)
        key = self.control.start_key_usage(KeyIdentifier=name)["Key"]
        self.assertIn("UsageStartTimestamp", key)
        self.assertEqual(self.encrypt(name)["CipherText"], answer["CipherText"])

    def test_aliases(self):
        one, other = (self.create()["KeyArn"] for _ in range(2))
        name = f"alias/of/tests-{fresh.digits(12)}_a"
        made = self.control.create_alias(AliasName=name, KeyArn=one)["Alias"]
        self.assertEqual(made, {"AliasName": name, "KeyArn": one})
        self.assertEqual(self.control.get_alias(AliasName=name)["Alias"], made)
        self.assertEqual(self.get(name)["KeyArn"], one)
        self.assertEqual(self.encrypt(name)["KeyArn"], one)
        full = one.rsplit(":", 1)[0] + ":" + name
        self.assertEqual(self.encrypt(full)["KeyArn"], one)
        moved = self.control.update_alias(AliasName=name, KeyArn=other)["Alias"]
        self.assertEqual(moved, {"AliasName": name, "KeyArn": other})
        self.assertEqual(self.encrypt(name)["KeyArn"], other)
        empty = self.control.update_alias(AliasName=name)["Alias"]
        self.assertEqual(empty, {"AliasName": name})
        with self.assertRaises(self.caller.data.exceptions.ResourceNotFoundException):
            self.encrypt(name)
        self.control.delete_alias(AliasName=name)
        with self.assertRaises(self.control.exceptions.ResourceNotFoundException):
            self.control.get_alias(AliasName=name)

    def test_pages_of_aliases(self):
        key, other = (self.create()["KeyArn"] for _ in range(2))
        made = {f"alias/page-{fresh.digits(10)}" for _ in range(PAGE + 3)}
        for name in made:
            self.control.create_alias(AliasName=name, KeyArn=key)
        self.control.create_alias(AliasName=f"alias/page-{fresh.digits(10)}", KeyArn=other)
        paginator = self.control.get_paginator("list_aliases")
        pages = list(paginator.paginate(PaginationConfig={"PageSize": PAGE}))
        names = [one["AliasName"] for page in pages for one in page["Aliases"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertLess(made, set(names))
        of_key = self.control.list_aliases(KeyArn=key, MaxResults=100)["Aliases"]
        self.assertEqual({one["AliasName"] for one in of_key}, made)

    def test_tags(self):
        first = [{"Key": "team", "Value": "acquiring"}]
        name = self.create(Tags=first)["KeyArn"]
        self.assertEqual(self.tags(name), {"team": "acquiring"})
        more = {f"key {at}": f"value {at} é" for at in range(PAGE + 2)} | {"team": "issuing"}
        self.control.tag_resource(ResourceArn=name, Tags=[
            {"Key": key, "Value": value} for key, value in more.items()])
        self.assertEqual(self.tags(name), more)
        gone = ["team", "key 1", "never there"]
        self.control.untag_resource(ResourceArn=name, TagKeys=gone)
        self.assertEqual(self.tags(name), {key: value for key, value in more.items()
                                           if key not in gone})

    def tags(self, name: str) -> dict:
        """All, page by page."""
        pages = self.control.get_paginator("list_tags_for_resource").paginate(
            ResourceArn=name, PaginationConfig={"PageSize": PAGE})
        return {one["Key"]: one["Value"] for page in pages for one in page["Tags"]}

    def test_names_of_other_keys(self):
        mine, other = (self.create()["KeyArn"] for _ in range(2))
        names = [f"alias/whose-{fresh.digits(10)}" for _ in range(4)]
        of_other, of_mine, of_none, new = names
        self.control.create_alias(AliasName=of_other, KeyArn=other)
        self.control.create_alias(AliasName=of_mine, KeyArn=mine)
        self.control.create_alias(AliasName=of_none)
        limited = Caller(self.gateway, self.gateway.access(
            self.caller.access.partition, "--key", mine.rsplit("/", 1)[1])).control
        self.assertEqual([one["KeyArn"] for one in limited.list_keys()["Keys"]], [mine])
        self.assertEqual(limited.list_aliases()["Aliases"],
                         [{"AliasName": of_mine, "KeyArn": mine}])
        for name in (of_other, of_none, "alias/that-is-not-there"):
            for operation, options in (("get_alias", {}), ("delete_alias", {}),
                                       ("update_alias", {"KeyArn": mine})):
                with self.subTest(name=name, operation=operation), \
                        self.assertRaises(limited.exceptions.ResourceNotFoundException):
                    getattr(limited, operation)(AliasName=name, **options)
        for operation, options in (("create_alias", {"AliasName": new, "KeyArn": other}),
                                   ("create_alias", {"AliasName": new}),
                                   ("update_alias", {"AliasName": of_mine, "KeyArn": other}),
                                   ("update_alias", {"AliasName": of_mine})):
            with self.subTest(operation=operation, **options), \
                    self.assertRaises(limited.exceptions.AccessDeniedException):
                getattr(limited, operation)(**options)
        self.assertEqual(self.control.get_alias(AliasName=of_other)["Alias"]["KeyArn"], other)
        limited.create_alias(AliasName=new, KeyArn=mine)
        limited.update_alias(AliasName=new, KeyArn=mine)
        limited.delete_alias(AliasName=new)

    # spec: payments 11.4
    def test_weak_keys_do_not_come_in(self):
        weak = bytes.fromhex("0101010101010101"), bytes.fromhex("FEE0FEE0FEF1FEF1")
        good = fresh.key("TDES_3KEY")
        one, other, third = good[:8], good[8:16], good[16:]
        for key in (bytes(16), one + one, one + weak[0], weak[1] + one, one + one + other,
                    one + other + other, one + other + weak[0]):
            algorithm = f"TDES_{len(key) // 8}KEY"
            with self.subTest(len(key)):
                with self.assertRaises(self.control.exceptions.ValidationException):
                    self.keys.cryptogram("P0", algorithm, key=key)
                with self.assertRaises(self.control.exceptions.ValidationException):
                    self.keys.import_block(self.keys.block("P0", algorithm, key))
        self.keys.cryptogram("P0", "TDES_3KEY", key=one + other + third)

    def test_tenants_do_not_see_each_other(self):
        stranger = Caller(self.gateway, self.gateway.access())
        name = self.create()["KeyArn"]
        alias = f"alias/mine-{fresh.digits(10)}"
        self.control.create_alias(AliasName=alias, KeyArn=name)
        self.assertEqual(stranger.control.list_keys()["Keys"], [])
        self.assertEqual(stranger.control.list_aliases()["Aliases"], [])
        for known in (name, alias):
            with self.assertRaises(stranger.control.exceptions.ResourceNotFoundException):
                stranger.control.get_key(KeyIdentifier=known)
        stranger.control.create_alias(AliasName=alias)
        self.assertEqual(self.control.get_alias(AliasName=alias)["Alias"]["KeyArn"], name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
