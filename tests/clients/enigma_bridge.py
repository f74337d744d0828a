"""The Python client of Enigma Bridge against a running gateway.

Usage: enigma_bridge.py READY_FILE. The cases are numbered as in docs/dialects/enigma-bridge.md,
section 9. Exit status 0 only if every case passed.
"""

import base64
import json
import sys
import unittest

from Crypto.Cipher import AES
from ebclient.create_uo import KeyTypes
from ebclient.crypto_util import from_hex
from ebclient.eb_configuration import Configuration, Endpoint, SimpleRetry
from ebclient.eb_consts import UOTypes
from ebclient.eb_create_uo import CreateUO, TemplateKey
from ebclient.eb_registration import (
    ApiKeyRequest, EnrolDomainRequest, GetClientAuthRequest, GetDomainChallengeRequest,
    GetPublicIPRequest, InitClientAuthRequest, InstallStatusRequest, ListOperationsRequest,
    RegistrationRequest, SendLogRequest, ShowApiRequest, UnlockDomainRequest,
    UpdateDomainRequest)
from ebclient.process_data import ProcessData
from ebclient.uo import UO

READY = sys.argv.pop(1) if len(sys.argv) > 1 else None
ENC_A = "e134567890123456789012345678901234567890123456789012345678901234"
MAC_A = "e224262820223456789012345678901234567890123456789012345678901234"
ENC_B = "12" + ENC_A[2:]
MAC_B = "22" + MAC_A[2:]
BLOCK = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")
SEALED_BLOCK = bytes.fromhex("95c6bb9b6a1c3835f98cc56087a03e82")


def endpoints():
    """Base URL by listener, from the gateway's ready file."""
    with open(READY, encoding="utf-8") as ready:
        listeners = json.load(ready)["listeners"]
    return {one["listener"]: "http://" + one["address"] for one in listeners
            if one["dialect"] == "enigma-bridge" and one["transport"] == "http"}


class EnigmaBridge(unittest.TestCase):
    def setUp(self):
        urls = endpoints()
        self.config = Configuration(
            endpoint_process=Endpoint.url(urls["process"]),
            endpoint_enroll=Endpoint.url(urls["enrol"]),
            endpoint_register=Endpoint.url(urls["register"]),
            api_key="API_TEST",
            retry=SimpleRetry(max_retry=1))

    def demo(self, uo_id, uo_type, enc, mac):
        return UO(uo_id=uo_id, uo_type=uo_type, enc_key=from_hex(enc), mac_key=from_hex(mac),
                  configuration=self.config)

    def process(self, uo, data):
        call = ProcessData(uo=uo, config=self.config)
        result = call.call(data)
        self.assertIsNone(call.exception)
        return result

    def test_1_encrypt(self):
        uo = self.demo(0xEE01, 4, ENC_A, MAC_A)
        self.assertEqual(self.process(uo, BLOCK), SEALED_BLOCK)

    def test_2_decrypt(self):
        uo = self.demo(0xEE02, 0xF, ENC_A, MAC_A)
        self.assertEqual(self.process(uo, SEALED_BLOCK), BLOCK)

    def test_3_rsa_of_one_is_one(self):
        for uo_id, uo_type, size in ((0x7654, 5, 128), (0x9876, 6, 256)):
            one = b"\0" * (size - 1) + b"\1"
            uo = self.demo(uo_id, uo_type, ENC_B, MAC_B)
            self.assertEqual(self.process(uo, one), one)

    def test_4_random(self):
        uo = self.demo(0x77EE, 0x10, ENC_B, MAC_B)
        first, second = (self.process(uo, b"\x00\x20") for _ in range(2))
        self.assertEqual((len(first), len(second)), (32, 32))
        self.assertNotEqual(first, second)

    def test_5_unknown_object(self):
        call = ProcessData(uo=self.demo(0xFFFF, 4, ENC_A, MAC_A), config=self.config)
        self.assertIsNone(call.call(BLOCK))
        self.assertIn("8034", str(call.exception))

    def test_6_generated_rsa(self):
        for bits in (1024, 2048):
            key = CreateUO(configuration=self.config, tpl={}).create_rsa(bits)
            size = bits // 8
            message = b"\0\2" + b"typex" * 4 + b"\0" * (size - 22)
            sealed = pow(int.from_bytes(message, "big"), key.e, key.n).to_bytes(size, "big")
            self.assertEqual(key.n.bit_length(), bits)
            self.assertEqual(self.process(key.uo, sealed), message)

    def test_7_client_made_aes_key(self):
        app = bytes(range(16))
        keys = {KeyTypes.APP_KEY: TemplateKey(key_type="app", key=app)}
        uo = CreateUO(configuration=self.config).create_uo(
            keys=keys, obj_type=UOTypes.PLAINAESDECRYPT)
        data = AES.new(app, AES.MODE_ECB).encrypt(BLOCK)
        self.assertEqual(self.process(uo, data), BLOCK)

    def register(self):
        client = {"name": "tests", "authentication": "type", "type": "test",
                  "token": "LSQJCHT61VTEMFQBZADO"}
        made = RegistrationRequest(client_data=client, config=self.config).call()
        who = {"authentication": "password", "username": made["username"],
               "password": made["password"]}
        where = {"ipv4": "192.0.2.1", "country": "gb", "network": "test",
                 "location": [0.34, 10]}
        api = ApiKeyRequest(client_data=who, endpoint=where, config=self.config).call()
        return made, who, api

    def test_8_registration(self):
        kind = {"type": "test"}
        auth = GetClientAuthRequest(client_data=kind, config=self.config).call()
        self.assertGreaterEqual(len(auth["authentication"]), 1)
        self.assertEqual(set(auth["authentication"][0]) >= {"method", "init"}, True)
        init = InitClientAuthRequest(
            client_data={"type": "test", "method": auth["authentication"][0]["method"],
                         "email": "tests@localhost"}, config=self.config).call()
        self.assertTrue({"authdata", "clientid"} <= set(init))
        made, who, api = self.register()
        self.assertTrue({"username", "password", "max_api_keys", "authenticationType",
                         "status", "maxobjects"} <= set(made))
        self.assertTrue({"apikey", "servers", "operations", "status"} <= set(api))
        shown = ShowApiRequest(client_data=who, api_data={"apikey": api["apikey"]},
                               config=self.config).call()
        self.assertEqual(shown["apikey"], api["apikey"])
        self.config.api_key = api["apikey"]
        key = CreateUO(configuration=self.config, tpl={}).create_rsa(1024)
        one = b"\0" * 127 + b"\1"
        self.assertEqual(self.process(key.uo, one), one)

    def test_9_domains_and_reports(self):
        made, _, api = self.register()
        data = {"username": made["username"], "apikey": api["apikey"]}
        key, certificate = self_signed()
        listed = ListOperationsRequest(api_data=data, config=self.config).call()
        self.assertIn("operations", listed)
        enrol = dict(data, certificate=base64.b64encode(certificate).decode())
        domain = EnrolDomainRequest(api_data=enrol, config=self.config).call()
        self.assertTrue({"domain", "controllers", "status"} <= set(domain))
        asked = GetDomainChallengeRequest(
            api_data=dict(data, ipv4="10.1.2.3", private=True), config=self.config).call()
        self.assertTrue({"challenge", "authentication"} <= set(asked))
        record = {"type": "txt", "domain": domain["domain"], "name": "_acme-challenge",
                  "value": "proof"}
        answer = dict(data, dnsdata=[record], authentication="signature",
                      response=asked["challenge"])
        update = UpdateDomainRequest(api_data=answer, config=self.config)
        update.aux_data = {"signature": sign(key, answer)}
        updated = update.call()
        self.assertTrue({"domains", "addresses", "privateIP", "status"} <= set(updated))
        UnlockDomainRequest(api_data=data, config=self.config).call()
        InstallStatusRequest(api_data=data, status_data={"status": "ok", "duration": 3},
                             config=self.config).call()
        sent = SendLogRequest(api_data=data, log="line one\nline two", config=self.config).call()
        self.assertIn("reference", sent)
        seen = GetPublicIPRequest(config=self.config).call()
        self.assertEqual(seen["ipv4"], "127.0.0.1")


def self_signed():
    """An RSA key and a certificate of it in DER, made by the `cryptography` package."""
    import datetime
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
                   .public_key(key.public_key()).serial_number(1)
                   .not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .sign(key, hashes.SHA256()))
    return key, certificate.public_bytes(serialization.Encoding.DER)


def sign(key, api_data):
    """The signature member: over the base64 text of the apidata JSON."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    payload = base64.b64encode(json.dumps(api_data).encode())
    value = key.sign(payload, padding.PKCS1v15(), hashes.SHA256())
    return {"payload": payload.decode(), "value": base64.b64encode(value).decode()}


if __name__ == "__main__":
    unittest.main(verbosity=2)
