"""Objects with layouts of the gateway's own, by the Python client of Enigma Bridge.

The client makes the objects and carries requests and answers. What a program here is called with is
READY DATA TYPEX.
"""
# spec: enigma-bridge 3, 4.5, 5.8

import json
import secrets
import sys
import unittest

from Crypto.Cipher import DES3
from ebclient.create_uo import KeyTypes
from ebclient.eb_configuration import Configuration, Endpoint, SimpleRetry
from ebclient.eb_create_uo import CreateUO, TemplateKey
from ebclient.process_data import ProcessData

from payments import dukpt_aes, dukpt_tdes

HMAC, SCRAMBLE = 0x01, 0x02
TOKENIZE, DETOKENIZE, TOKENIZEWRAP = 0x0C, 0x0D, 0x0E
AES2RSA, RSA2AES, DES2RSA, RSA2DES = 0x16, 0x17, 0x18, 0x19
REWRAP, SESSION_KEYS, PIN_TRANSLATE = 0x1D, 0x1F, 0x20
# Types that no client or document shows, and those of them that are served.
UNKNOWN = {*range(0x01, 0x04), 0x07, *range(0x0C, 0x0F), 0x11, *range(0x14, 0x22)}
SERVED = {HMAC: 32, SCRAMBLE: 32, TOKENIZE: 80, DETOKENIZE: 208, TOKENIZEWRAP: 112, AES2RSA: 320,
          RSA2AES: 704, DES2RSA: 320, RSA2DES: 704, REWRAP: 80, SESSION_KEYS: 80, PIN_TRANSLATE: 80}
PAN = "5413330089020011"
SUCCESS = b"\x90\x00"


def record(tag, value):
    return bytes([tag]) + len(value).to_bytes(2, "big") + value


def parse(records):
    """Values by tag."""
    values = {}
    while records:
        tag, size = records[0], int.from_bytes(records[1:3], "big")
        values[tag], records = records[3:3 + size], records[3 + size:]
    return values


def key(tag, algorithm, value):
    return record(tag, algorithm + value)


def tdes_key(size):
    while True:
        made = secrets.token_bytes(size)
        try:
            return DES3.adjust_key_parity(made)
        except ValueError:
            continue


def bases():
    """Letter, base key, KSN, and the key of one use of the transaction."""
    base, ksn = tdes_key(16), bytes.fromhex("FFFF9876543210E00007")
    uses = {"PIN": "PIN", "MAC": ("MAC", "REQUEST"), "DATA": ("DATA", "REQUEST")}
    tdes = {use: dukpt_tdes.working_key(base, ksn, name) for use, name in uses.items()}
    yield b"T", base, ksn, tdes
    for size in (16, 32):
        base, ksn = secrets.token_bytes(size), bytes.fromhex("123456789012345600000003")
        uses = {"PIN": "PIN", "MAC": "MAC_GEN", "DATA": "DATA_ENC"}
        kind = dukpt_aes.own_type(base)
        yield b"A", base, ksn, {
            use: dukpt_aes.working_key(base, ksn, name, kind) for use, name in uses.items()}


class Case(unittest.TestCase):
    """Objects of a caller, and requests to them."""

    api_key = "API_TEST"

    def setUp(self):
        with open(sys.argv[1], encoding="utf-8") as ready:
            listeners = json.load(ready)["listeners"]
        urls = {one["listener"]: "http://" + one["address"] for one in listeners
                if one["dialect"] == "enigma-bridge" and one["transport"] == "http"}
        self.config = Configuration(
            endpoint_process=Endpoint.url(urls["process"]),
            endpoint_enroll=Endpoint.url(urls["enrol"]),
            endpoint_register=Endpoint.url(urls["register"]),
            api_key=self.api_key, retry=SimpleRetry(max_retry=1))
        self.made = None

    def make(self, function, room=None, contents=None):
        """An object; the room of what it holds is part of the template and must be filled."""
        keys = {}
        if contents is not None:
            filled = contents.ljust(room, b"\0")
            keys[KeyTypes.APP_KEY] = TemplateKey(key_type="app", key=filled)
        self.made = CreateUO(configuration=self.config, tpl={})
        return self.made.create_uo(keys=keys, obj_type=function)

    def refused(self, function, room, contents):
        with self.assertRaises(Exception) as caught:
            self.make(function, room, contents)
        return str(caught.exception).lower()

    def call(self, uo, data):
        call = ProcessData(uo=uo, config=self.config)
        return call.call(data), str(call.exception).lower()

    def ask(self, uo, *records):
        """Status and records of the answer."""
        data = b"".join(records)
        answer, why = self.call(uo, len(data).to_bytes(2, "big") + data)
        self.assertIsNotNone(answer, why)
        size, rest = int.from_bytes(answer[:2], "big"), answer[2:]
        self.assertEqual(size, len(rest))
        return rest[-2:], parse(rest[:-2])

    def fails(self, uo, *records):
        """What a request is refused with."""
        data = b"".join(records)
        answer, why = self.call(uo, len(data).to_bytes(2, "big") + data)
        self.assertIsNone(answer)
        return why
