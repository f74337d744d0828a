"""Every type of error, as botocore's own class. Usage: python -m payments.errors READY DATA TYPEX.
"""

import itertools
import sys
import unittest

from . import card_cases, chip_cases, fresh, key_blocks, mac_cases, pin_cases, pins
from .fresh import RANDOM, hexed
from .held import MODES, Held, Keys, attributes
from .operations import refused
from .service import Caller, Gateway

READY, FOLDER, TYPEX = sys.argv[1:4]
# Of a gateway that fails, one that is too busy, and of policies, which are not served.
NOT_PROVOKED = {"InternalServerException", "ServiceUnavailableException", "PublicPolicyException"}
# The control plane counts no failures.
NOT_PROVOKED_CONTROL = NOT_PROVOKED | {"ThrottlingException"}
# spec: payments 11.2
OPERATIONS = {
    "encrypt_data": ({"D0"}, lambda key: {
        "KeyIdentifier": key, "PlainText": "00" * 16,
        "EncryptionAttributes": {"Symmetric": {"Mode": "ECB"}}}),
    "decrypt_data": ({"D0"}, lambda key: {
        "KeyIdentifier": key, "CipherText": "00" * 16,
        "DecryptionAttributes": {"Symmetric": {"Mode": "ECB"}}}),
    "generate_card_validation_data": ({"C0"}, lambda key: {
        "KeyIdentifier": key, "PrimaryAccountNumber": "4111111111111111",
        "GenerationAttributes": {"CardVerificationValue2": {"CardExpiryDate": "2901"}}}),
    "generate_auth_request_cryptogram": ({"E0"}, lambda key: {
        "KeyIdentifier": key, "TransactionData": "00" * 33,
        "MajorKeyDerivationMode": "EMV_OPTION_A", "SessionKeyDerivationAttributes": {
            "Visa": {"PrimaryAccountNumber": "4111111111111111", "PanSequenceNumber": "00"}}}),
    "generate_mac": ({"M1"}, lambda key: {
        "KeyIdentifier": key, "MessageData": "00",
        "GenerationAttributes": {"Algorithm": "ISO9797_ALGORITHM1"}}),
}
# Attributes that are for another usage than the key's, of operations that take both.
SCRIPT = {"Emv": {
    "MajorKeyDerivationMode": "EMV_OPTION_A", "PrimaryAccountNumber": "4111111111111111",
    "PanSequenceNumber": "00", "SessionDerivationData": "00" * 8}}
CROSSED = (("D0", SCRIPT),
    ("D0", {"Dukpt": {"KeySerialNumber": "FFFF9876543210E00001"}}),
    ("E1", {"Dukpt": {"KeySerialNumber": "FFFF9876543210E00001"}}),
    ("B0", {"Symmetric": {"Mode": "CBC"}}), ("E1", {"Symmetric": {"Mode": "CBC"}}))
USAGES = ("B0", "C0", "D0", "E0", "E1", "E2", "E4", "K0", "K1", "M1", "M3", "P0", "V1", "V2")
# Five cost nothing; the sixth begins a wait.
FAILURES = 6


class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(READY, FOLDER, TYPEX)
        cls.caller = Caller(cls.gateway, cls.gateway.access())
        cls.keys = Keys(cls.caller)
        cls.provoked = {"data": set(), "control": set()}

    def data(self, name: str, operation: str, caller: Caller | None = None, **request) -> dict:
        """An error of the data plane."""
        self.provoked["data"].add(name)
        return refused(self, (caller or self.caller).data, name, operation, **request)

    def control(self, name: str, operation: str, caller: Caller | None = None, **request) -> dict:
        """An error of the control plane."""
        self.provoked["control"].add(name)
        return refused(self, (caller or self.caller).control, name, operation, **request)

    def encryption(self, key: str, **changed) -> dict:
        return {"KeyIdentifier": key, "PlainText": "00" * 16,
                "EncryptionAttributes": {"Symmetric": {"Mode": "CBC"}}} | changed

    def test_validation_tells_fields(self):
        key = self.keys.new("D0", "AES_256")
        for member, value in (("PlainText", "0G" * 16), ("PlainText", "0" * 31),
                              ("KeyIdentifier", "no alias"), ("KeyIdentifier", "alias/ä")):
            request = self.encryption(key.arn, **{member: value})
            told = self.data("ValidationException", "encrypt_data", **request)
            self.assertTrue(told["message"])
            self.assertEqual([one["path"] for one in told["fieldList"]], [member])
            self.assertTrue(all(one["message"] for one in told["fieldList"]))
        attributes = {"Symmetric": {"Mode": "CBC", "InitializationVector": "00" * 9}}
        told = self.data("ValidationException", "encrypt_data",
                         **self.encryption(key.arn, EncryptionAttributes=attributes))
        self.assertEqual([one["path"] for one in told["fieldList"]],
                         ["EncryptionAttributes.Symmetric.InitializationVector"])

    def test_keys_that_are_not_there(self):
        key = self.keys.new("D0", "AES_256")
        stranger = Caller(self.gateway, self.gateway.access())
        unknown = key.arn[:-8] + fresh.digits(8)
        answers = []
        for caller, name in ((self.caller, unknown), (stranger, key.arn),
                             (self.caller, "alias/nothing")):
            told = self.data("ResourceNotFoundException", "encrypt_data", caller,
                             **self.encryption(name))
            self.assertTrue(name.endswith(told["ResourceId"]), told["ResourceId"])
            answers.append(told["Error"]["Message"])
            told = self.control("ResourceNotFoundException", "get_key", caller,
                                KeyIdentifier=name)
            self.assertTrue(name.endswith(told["ResourceId"]), told["ResourceId"])
        self.assertEqual(len(set(answers)), 1, answers)

    # spec: payments 11.2
    def test_every_operation_with_every_wrong_usage(self):
        held = {usage: self.keys.new(usage, "TDES_2KEY") for usage in USAGES
                if usage not in ("K0", "K1")}
        for usage in ("K0", "K1"):
            held[usage] = self.keys.cryptogram(usage, "TDES_2KEY")
        count = 0
        for (operation, (right, request)), usage in itertools.product(OPERATIONS.items(), USAGES):
            if usage not in right:
                with self.subTest(operation=operation, usage=usage):
                    self.data("ValidationException", operation, **request(held[usage].arn))
                    count += 1
        print(f"{count} pairs of operation and wrong usage are refused")

    def test_attributes_of_another_usage(self):
        for usage, attributes in CROSSED:
            key = self.keys.new(usage, "TDES_2KEY").arn
            with self.subTest(usage=usage, attributes=attributes):
                self.data("ValidationException", "encrypt_data",
                          **self.encryption(key, EncryptionAttributes=attributes))
                self.data("ValidationException", "decrypt_data", KeyIdentifier=key,
                          CipherText="00" * 16, DecryptionAttributes=attributes)

    # spec: payments 8
    def test_pins_in_scripts_are_neither_deciphered_nor_tried(self):
        held = self.keys.new("E1", "TDES_2KEY")
        key = held.arn
        refused = self.data("ValidationException", "encrypt_data",
                            **self.encryption(key, EncryptionAttributes=SCRIPT))
        self.assertIn("--client-data", refused["message"])
        self.keys.for_client_data(held)
        sealed = self.caller.data.encrypt_data(
            **self.encryption(key, EncryptionAttributes=SCRIPT))["CipherText"]
        self.data("ValidationException", "decrypt_data", KeyIdentifier=key,
                  CipherText=sealed, DecryptionAttributes=SCRIPT)
        change = chip_cases.Issuer(self.keys).changes("EmvCommon").request
        self.caller.data.generate_mac_emv_pin_change(**change)
        self.data("ValidationException", "generate_mac_emv_pin_change",
                  **change | {"SecureMessagingConfidentialityKeyIdentifier": key})
        for usage in ("E0", "E1"):
            made = mac_cases.chip(self.keys.new(usage, "TDES_2KEY"))
            self.data("ValidationException", "generate_mac", **mac_cases.generates(made).request)

    # spec: payments 8
    def test_card_keys_give_no_session_keys(self):
        key = self.keys.new("E0", "TDES_2KEY").arn
        card = {"PrimaryAccountNumber": "4111111111111111", "PanSequenceNumber": "00"}
        request = {"KeyIdentifier": key, "MajorKeyDerivationMode": "EMV_OPTION_A"}
        for scheme in chip_cases.OF_CARD:
            asked = request | {"SessionKeyDerivationAttributes": {scheme: card}}
            for data in ("001CF00000000000", "00" * 32):
                self.data("ValidationException", "generate_auth_request_cryptogram",
                          TransactionData=data, **asked)
                self.data("ValidationException", "verify_auth_request_cryptogram",
                          TransactionData=data, AuthRequestCryptogram="00" * 8, **asked)

    # spec: payments 7, 9
    def test_modes_that_go_both_ways_need_a_key_that_does(self):
        other = self.keys.new("D0", "AES_256")
        plain = {"Symmetric": {"Mode": "CBC"}}
        for mode in ("E", "D"):
            key = self.keys.new("D0", "AES_256", mode)
            ends = (other, key) if mode == "E" else (key, other)
            self.keys.pair(*ends, "data")
            for stream in ("CFB", "CFB1", "CFB8", "CFB64", "CFB128", "OFB"):
                attributes = {"Symmetric": {"Mode": stream}}
                how = [plain, attributes] if mode == "E" else [attributes, plain]
                with self.subTest(mode=mode, stream=stream):
                    self.data("ValidationException", "re_encrypt_data", CipherText="00" * 16,
                              IncomingKeyIdentifier=ends[0].arn,
                              OutgoingKeyIdentifier=ends[1].arn,
                              IncomingEncryptionAttributes=how[0],
                              OutgoingEncryptionAttributes=how[1])
                    one_way = self.encryption(key.arn, EncryptionAttributes=attributes)
                    if mode == "D":
                        one_way = {"KeyIdentifier": key.arn, "CipherText": "00" * 16,
                                   "DecryptionAttributes": attributes}
                    self.data("ValidationException",
                              "encrypt_data" if mode == "E" else "decrypt_data", **one_way)

    def test_modes_of_use(self):
        one_way = {"E": ("decrypt_data", "CipherText", "DecryptionAttributes"),
                   "D": ("encrypt_data", "PlainText", "EncryptionAttributes")}
        for mode, (operation, text, how) in one_way.items():
            key = self.keys.new("D0", "AES_256", mode)
            self.data("ValidationException", operation, KeyIdentifier=key.arn,
                      **{text: "00" * 16, how: {"Symmetric": {"Mode": "ECB"}}})
        for mode, make in (("G", mac_cases.verifies), ("V", mac_cases.generates)):
            case = make(mac_cases.static(self.keys.new("M6", "AES_128", mode)))
            self.data("ValidationException", case.operation, **case.request)

    def test_access_is_denied(self):
        key, other = self.keys.new("D0", "AES_256"), self.keys.new("D0", "AES_256")
        partition = self.caller.access.partition
        reader = Caller(self.gateway, self.gateway.access(
            partition, "--allow", "decrypt_data,payment_get_key"))
        told = self.data("AccessDeniedException", "encrypt_data", reader,
                         **self.encryption(key.arn))
        self.assertTrue(told["Error"]["Message"])
        self.control("AccessDeniedException", "create_key", reader, Exportable=True,
                     KeyAttributes=attributes("D0", "AES_256"))
        reader.control.get_key(KeyIdentifier=key.arn)
        of_one = Caller(self.gateway, self.gateway.access(partition, "--key", key.identity))
        of_one.data.encrypt_data(**self.encryption(key.arn))
        self.data("AccessDeniedException", "encrypt_data", of_one, **self.encryption(other.arn))

    # spec: payments 9
    def test_pairs_need_a_grant(self):
        one, other = self.keys.new("D0", "AES_256"), self.keys.new("D0", "AES_256")
        attributes = {"Symmetric": {"Mode": "CBC"}}
        request = {"IncomingKeyIdentifier": one.arn, "OutgoingKeyIdentifier": other.arn,
                   "CipherText": "00" * 16, "IncomingEncryptionAttributes": attributes,
                   "OutgoingEncryptionAttributes": attributes}
        told = self.data("AccessDeniedException", "re_encrypt_data", **request)
        command = (f"typex payments pair grant --incoming {one.identity} --outgoing "
                   f"{other.identity} --passage data")
        self.assertIn(command, told["Error"]["Message"])
        # Who may not use one of the keys is told nothing of pairs, granted or not.
        partition = self.caller.access.partition
        of_one = Caller(self.gateway, self.gateway.access(partition, "--key", one.arn))
        before = self.data("AccessDeniedException", "re_encrypt_data", of_one, **request)
        self.keys.pair(one, other, "data")
        after = self.data("AccessDeniedException", "re_encrypt_data", of_one, **request)
        self.assertEqual(before["Error"]["Message"], after["Error"]["Message"])
        self.assertNotIn("pair", before["Error"]["Message"])
        self.caller.data.re_encrypt_data(**request)
        back = request | {"IncomingKeyIdentifier": other.arn, "OutgoingKeyIdentifier": one.arn}
        self.data("AccessDeniedException", "re_encrypt_data", **back)
        pek, zpk = (pin_cases.static(self.keys.new("P0", "TDES_2KEY")) for _ in range(2))
        self.data("AccessDeniedException", "translate_pin_data", **pin_cases.translation(
            pek, zpk, (0, 0), fresh.pin(), fresh.pan()))

    # spec: payments 1.4, 9
    def test_pins_of_others_need_a_grant(self):
        pek = self.keys.new("P0", "TDES_2KEY")
        known = pin_cases.static(pek)
        made = self.caller.control.create_key(
            Exportable=False, KeyAttributes=attributes("V2", "TDES_2KEY"))["Key"]
        pvk = Held(made["KeyArn"], "V2", "TDES_2KEY", fresh.key("TDES_2KEY"))
        pan, index = fresh.pan(), {"PinVerificationKeyIndex": 1}
        block = {"EncryptedPinBlock": hexed(pins.seal("TDES_2KEY", pek.key, 0, "0000", pan))}
        for which, told in (("VisaPin", index), ("VisaPinVerificationValue", index | block)):
            request = pin_cases.generation(pvk, known, 0, pan, {which: told})
            self.data("AccessDeniedException", "generate_pin_data", **request)
        claim = {"VisaPin": index | {"VerificationValue": "0000"}}
        request = pin_cases.encryption(known, 0) | block | {
            "VerificationKeyIdentifier": pvk.arn, "VerificationAttributes": claim,
            "PrimaryAccountNumber": pan}
        self.data("AccessDeniedException", "verify_pin_data", **request)
        made = self.caller.control.create_key(
            Exportable=False, KeyAttributes=attributes("P0", "TDES_2KEY"))["Key"]
        # Keys that only the gateway knows: a guess, and it counts.
        self.verification("INVALID_PIN", "verify_pin_data",
                          request | {"EncryptionKeyIdentifier": made["KeyArn"]})

    # spec: aws-payment 7.6
    def test_keys_leave_by_a_grant(self):
        key = self.keys.new("D0", "AES_256")
        request = {"ExportKeyIdentifier": key.arn, "KeyMaterial": {
            "Tr31KeyBlock": {"WrappingKeyIdentifier": self.keys.kbpk.arn}}}
        told = self.control("AccessDeniedException", "export_key", **request)
        self.assertIn("--passage key", told["Error"]["Message"])
        self.keys.grant(key, self.keys.kbpk, "key")
        told = self.control("AccessDeniedException", "export_key", **request)
        self.assertIn("custodians", told["Error"]["Message"])
        self.keys.pair(key, self.keys.kbpk, "key")
        self.caller.control.export_key(**request)

    def verification(self, reason: str, operation: str, request: dict):
        told = self.data("VerificationFailedException", operation, **request)
        self.assertEqual(told["Reason"], reason)
        return told["Error"]["Message"]

    def test_verifications_fail(self):
        for usage, algorithm in (("M1", "TDES_2KEY"), ("M3", "TDES_2KEY"), ("M6", "AES_256"),
                                 ("M7", "HMAC_SHA256")):
            made = mac_cases.static(self.keys.new(usage, algorithm))
            self.verification("INVALID_MAC", "verify_mac", mac_cases.wrong(made))
        for usage in ("C0", "E4"):
            request = card_cases.wrong(self.keys.new(usage, "TDES_2KEY"))
            self.verification("INVALID_VALIDATION_DATA", "verify_card_validation_data", request)
        for scheme in chip_cases.SCHEMES:
            request = chip_cases.wrong(self.keys.new("E0", "TDES_2KEY"), scheme)
            self.verification("INVALID_AUTH_REQUEST_CRYPTOGRAM",
                              "verify_auth_request_cryptogram", request)

    # spec: payments 0.1
    def test_wrong_pins_and_blocks_are_told_alike(self):
        visa, ibm = self.keys.new("V2", "TDES_2KEY"), self.keys.new("V1", "TDES_2KEY")
        self.caller.operate("payments", "key", "set", "--key", ibm.identity, "--pin-rule",
                            pin_cases.RULE)
        under = pin_cases.static(self.keys.new("P0", "TDES_2KEY"))
        messages = set()
        for pvk in (visa, ibm):
            request = pin_cases.wrong(self.keys, pvk, under)
            messages.add(self.verification("INVALID_PIN", "verify_pin_data", request))
            request = pin_cases.verifies(self.keys, pvk, under).request | {
                "EncryptedPinBlock": hexed(fresh.octets(8))}
            messages.add(self.verification("INVALID_PIN", "verify_pin_data", request))
        self.assertEqual(len(messages), 1, messages)

    # spec: payments 2.1
    def test_another_table_than_the_keys(self):
        pvk = self.keys.new("V1", "TDES_2KEY")
        under = pin_cases.static(self.keys.new("P0", "TDES_2KEY"))
        case = pin_cases.verifies(self.keys, pvk, under)
        self.data("ValidationException", "verify_pin_data", **case.request)
        self.caller.operate("payments", "key", "set", "--key", pvk.identity, "--pin-rule",
                            pin_cases.RULE)
        self.caller.data.verify_pin_data(**case.request)
        for member, value in (("DecimalizationTable", "0123456789012354"),
                              ("DecimalizationTable", "0000000000000001"),
                              ("PinValidationDataPadCharacter", "D"),
                              ("PinValidationData", "123456789")):
            claim = case.request["VerificationAttributes"]["Ibm3624Pin"]
            changed = {"Ibm3624Pin": claim | {member: value}}
            self.data("ValidationException", "verify_pin_data",
                      **case.request | {"VerificationAttributes": changed})

    def test_failures_are_throttled(self):
        key, pan = self.keys.new("C0", "TDES_2KEY"), fresh.pan(16, 16)
        for _ in range(FAILURES):
            self.verification("INVALID_VALIDATION_DATA", "verify_card_validation_data",
                              card_cases.wrong(key, pan))
        self.data("ThrottlingException", "verify_card_validation_data",
                  **card_cases.wrong(key, pan))
        # Of that card alone, for whatever is verified of it.
        pvk, under = self.keys.new("V2", "TDES_2KEY"), self.keys.new("P0", "TDES_2KEY")
        self.data("ThrottlingException", "verify_pin_data",
                  **pin_cases.wrong(self.keys, pvk, pin_cases.static(under), pan))
        case = card_cases.verifies(key)
        case.check(getattr(self.caller.data, case.operation)(**case.request))

    def test_conflicts(self):
        name = f"alias/conflict-{fresh.digits(9)}"
        self.caller.control.create_alias(AliasName=name)
        self.control("ConflictException", "create_alias", AliasName=name)
        key = self.keys.new("D0", "AES_256")
        self.control("ConflictException", "restore_key", KeyIdentifier=key.arn)
        self.caller.control.delete_key(KeyIdentifier=key.arn)
        for operation in ("delete_key", "stop_key_usage", "start_key_usage"):
            with self.subTest(operation):
                self.control("ConflictException", operation, KeyIdentifier=key.arn)

    def test_keys_of_no_operation(self):
        for usage, algorithm in (("C0", "AES_128"), ("M3", "AES_128"), ("M3", "TDES_3KEY"),
                                 ("B0", "TDES_3KEY"), ("V2", "AES_256")):
            with self.subTest(usage=usage, algorithm=algorithm):
                told = self.control("ValidationException", "create_key", Exportable=True,
                                    KeyAttributes=attributes(usage, algorithm))
                self.assertIn("KeyAttributes.KeyAlgorithm".lower(),
                              told["Error"]["Message"].lower())

    # spec: payments 4.2
    def test_key_blocks_of_old_versions_do_not_come_in(self):
        kbpk, key = self.keys.cryptogram("K0", "TDES_2KEY"), fresh.key("TDES_2KEY")
        text = {version: key_blocks.wrap(kbpk.key, f"{version}D0TB00E", key, {})
                for version in "ABC"}
        def material(version):
            return {"Tr31KeyBlock": {"WrappingKeyIdentifier": kbpk.arn,
                                     "WrappedKeyBlock": text[version]}}
        self.caller.control.import_key(KeyMaterial=material("B"))
        for version in "AC":
            self.control("ValidationException", "import_key", KeyMaterial=material(version))
            wrapped = {"WrappedKeyMaterial": {"Tr31KeyBlock": text[version]}}
            self.data("ValidationException", "encrypt_data",
                      **self.encryption(kbpk.arn, WrappedKey=wrapped))

    def test_keys_that_cannot_be(self):
        create = {"Exportable": True}
        for usage, algorithm, mode in (("P0", "TDES_2KEY", "C"), ("D0", "AES_256", "X"),
                                       ("C0", "TDES_2KEY", "B"), ("E0", "TDES_2KEY", "B"),
                                       ("M7", "AES_128", "C"), ("M6", "HMAC_SHA256", "C")):
            with self.subTest(usage=usage, algorithm=algorithm, mode=mode):
                self.control("ValidationException", "create_key", **create,
                             KeyAttributes=attributes(usage, algorithm, mode))
        made = attributes("D0", "AES_256") | {"KeyModesOfUse": {
            one: True for one in MODES["B"] + MODES["X"]}}
        self.control("ValidationException", "create_key", **create, KeyAttributes=made)

    # spec: payments 4.2
    def test_key_blocks_that_are_changed(self):
        text = self.keys.block("D0", "AES_256", fresh.key("AES_256"))
        messages = set()
        for at in RANDOM.sample(range(len(text)), 16):
            changed = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1:]
            told = self.control("ValidationException", "import_key", KeyMaterial={
                "Tr31KeyBlock": {"WrappingKeyIdentifier": self.keys.kbpk.arn,
                                 "WrappedKeyBlock": changed}})
            messages.add(told["Error"]["Message"])
        self.assertEqual(len(messages), 1, messages)
        # A key that protects others brings in what it is told to, and none like itself.
        text = self.keys.block("K0", "AES_256", fresh.key("AES_256"))
        material = {"WrappingKeyIdentifier": self.keys.kbpk.arn, "WrappedKeyBlock": text}
        self.control("ValidationException", "import_key", KeyMaterial={"Tr31KeyBlock": material})
        narrow = self.keys.cryptogram("K1", "AES_256")
        self.keys.bring_in(narrow, ["P0"])
        text = key_blocks.wrap(narrow.key, "DD0AB00E", fresh.key("AES_256"))
        material = {"WrappingKeyIdentifier": narrow.arn, "WrappedKeyBlock": text}
        self.control("ValidationException", "import_key", KeyMaterial={"Tr31KeyBlock": material})

    def test_keys_that_do_not_leave(self):
        key = self.caller.control.create_key(
            KeyAttributes=attributes("D0", "AES_256"), Exportable=False)["Key"]
        self.control("ValidationException", "export_key", ExportKeyIdentifier=key["KeyArn"],
                     KeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": self.keys.kbpk.arn}})

    def test_cryptograms_that_are_wrong(self):
        token = self.caller.control.get_parameters_for_import(
            KeyMaterialType="KEY_CRYPTOGRAM", WrappingKeyAlgorithm="RSA_2048",
            ReuseLastGeneratedToken=True)["ImportToken"]
        material = {"KeyAttributes": attributes("D0", "AES_256"), "Exportable": True,
                    "ImportToken": token, "WrappedKeyCryptogram": "00" * 255 + "02",
                    "WrappingSpec": "RSA_OAEP_SHA_256"}
        for changed in ({}, {"WrappedKeyCryptogram": "00" * 8},
                        {"ImportToken": "import-token-short"}):
            self.control("ValidationException", "import_key",
                         KeyMaterial={"KeyCryptogram": material | changed})

    # spec: aws-payment 7.6
    def test_optional_blocks_that_cannot_be(self):
        key = self.caller.control.create_key(
            KeyAttributes=attributes("D0", "AES_256"), Exportable=True)["Key"]["KeyArn"]
        for blocks in ({"LB": "a label"}, {"HM": "21"}, {"PB": "00"}, {"lb": "a"},
                       {"LB": "a" * 60, "TS": "b" * 60}):
            block = {"WrappingKeyIdentifier": self.keys.kbpk.arn,
                     "KeyBlockHeaders": {"OptionalBlocks": blocks}}
            told = self.control("ValidationException", "export_key", ExportKeyIdentifier=key,
                                KeyMaterial={"Tr31KeyBlock": block})
            self.assertIn("'keyMaterial.tr31KeyBlock.keyBlockHeaders.optionalBlocks'",
                          told["Error"]["Message"])

    # spec: aws-payment 1.4
    def test_every_answer_names_its_request(self):
        key = self.keys.new("D0", "AES_256").arn
        good = self.encryption(key)
        names = [self.caller.data.encrypt_data(**good)["ResponseMetadata"]["RequestId"]
                 for _ in range(2)]
        for request in (self.encryption("alias/nothing"), self.encryption("no alias"),
                        self.encryption(key, EncryptionAttributes={"Symmetric": {"Mode": "X"}})):
            with self.assertRaises(self.caller.data.exceptions.ClientError) as error:
                self.caller.data.encrypt_data(**request)
            names.append(error.exception.response["ResponseMetadata"]["RequestId"])
        self.assertEqual(len(set(names)), len(names))
        self.assertTrue(all(len(name) == 36 for name in names), names)

    # spec: aws-payment 3.1
    def test_messages_are_the_services(self):
        key = self.keys.new("D0", "AES_256").arn
        told = self.data("ValidationException", "encrypt_data", **self.encryption(
            key, EncryptionAttributes={"Symmetric": {"Mode": "XYZ"}}))
        self.assertTrue(told["message"].startswith(
            "1 validation error detected: Value at 'encryptionAttributes.symmetric.mode' failed "
            "to satisfy constraint: Member must satisfy enum value set: [ECB, CBC, "),
            told["message"])
        with_vector = {"Symmetric": {"Mode": "ECB", "InitializationVector": "00" * 16}}
        told = self.data("ValidationException", "encrypt_data", **self.encryption(
            key, EncryptionAttributes=with_vector))
        self.assertEqual([one["path"] for one in told["fieldList"]],
                         ["EncryptionAttributes.Symmetric.InitializationVector"])

    def test_quotas(self):
        key = self.caller.control.create_key(
            KeyAttributes=attributes("D0", "AES_256"), Exportable=True)["Key"]["KeyArn"]
        tags = [{"Key": str(at), "Value": "a"} for at in range(200)]
        for name in ("one", "two"):
            more = [one | {"Key": f"{name} {one['Key']}"} for one in tags]
            if name == "one":
                self.caller.control.tag_resource(ResourceArn=key, Tags=more)
            else:
                self.control("ServiceQuotaExceededException", "tag_resource", ResourceArn=key,
                             Tags=more)

    def test_zz_every_type_was_there(self):
        for plane, client, not_provoked in (
                ("data", self.caller.data, NOT_PROVOKED),
                ("control", self.caller.control, NOT_PROVOKED_CONTROL)):
            named = {one.name for one in client.meta.service_model.error_shapes}
            self.assertEqual(self.provoked[plane] | not_provoked, named | not_provoked)
            self.assertFalse(self.provoked[plane] & not_provoked)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
