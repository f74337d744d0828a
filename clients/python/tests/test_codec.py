"""Frames byte for byte: the golden ones are read from the protocol's page."""

import pathlib
import re
import unittest

from typex import codec
from typex.codec import Closed, Kind, Opened, Outcome, Record, Results, Welcome
from typex.errors import Status, Unsendable, WireError
from typex.operations import (SECOND, Cipher, Operation, RsaHash, Scheme, Tag, fields, metadata,
                              parameters)

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "dialects" / "stream.md"
SECRET = bytes.fromhex("000102030405060708090a0b0c0d0e0f1011121314151617")


def goldens():
    """Every frame of the page by its name."""
    blocks = re.findall(r"^```hex (\S+)\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    return {name: bytes.fromhex(text) for name, text in blocks}


def only(data):
    """The one frame of these bytes."""
    stream = bytearray(data)
    frame = codec.take(stream)
    assert frame is not None and not stream, "one whole frame"
    return frame


def operations():
    """The batches of the page's examples, each with its id."""
    pan = b"4012345678909"
    second = SECOND + Tag.HANDLE
    return {
        "generate_mac": (9, [Record(
            1, Operation.GENERATE_MAC, 6, b"amount 12.50",
            parameters((Tag.METHOD, 3), (Tag.LENGTH, 8)))]),
        "reencrypt": (7, [Record(
            1, Operation.REENCRYPT, 2, bytes(range(0x40, 0x50)),
            parameters((Tag.CIPHER, Cipher.CBC), (Tag.IV, bytes(range(0x10, 0x18))), (second, 3),
                       (SECOND + Tag.CIPHER, Cipher.GCM), (SECOND + Tag.AAD, b"till 7")))]),
        "translate_pin": (8, [Record(
            1, Operation.TRANSLATE_PIN, 4, b"01234567",
            parameters((Tag.KSN, bytes.fromhex("ffff9876543210e00001")), (Tag.PIN_FORMAT, 0),
                       (Tag.PIN_PAN, pan), (second, 5), (SECOND + Tag.PIN_FORMAT, 4),
                       (SECOND + Tag.PIN_PAN, pan)))]),
        "sign": (12, [Record(1, Operation.SIGN, 2, b"amount 12.50",
                             parameters((Tag.SCHEME, Scheme.ED25519)))]),
        "sign_digest": (13, [Record(
            1, Operation.SIGN, 2, bytes(range(0x40, 0x60)),
            parameters((Tag.SCHEME, Scheme.PSS_SHA256), (Tag.SALT, 20), (Tag.DIGEST, 1)))]),
        "encrypt_rsa": (14, [Record(
            1, Operation.ENCRYPT_RSA, 2, b"amount 12.50",
            parameters((Tag.CIPHER, Cipher.OAEP_SHA256), (Tag.MASK_HASH, RsaHash.SHA1),
                       (Tag.LABEL, b"till 7")))]),
        "tokens": (10, [
            Record(1, Operation.TOKENIZE, 7, pan,
                   parameters((Tag.LIFE, 86_400_000), (Tag.METADATA, metadata("shop", "17")))),
            Record(2, Operation.DETOKENIZE, 7, b"9203345678908",
                   parameters((Tag.PURPOSE, b"refund 12"), (Tag.MASK, 1)))]),
    }


class Goldens(unittest.TestCase):
    """What the page shows is what is written and read."""

    frames = goldens()

    def test_what_clients_write(self):
        records = [Record(1, 0x0001, 0, SECRET)]
        written = {
            "hello": codec.hello(1),
            "open": codec.open_handle(2, 0, "TEST_API", 0xEE01),
            "batch": codec.batch(3, 250, records),
        }
        proof = bytes(range(0x60, 0x80))
        access_key = codec.Proved("AKIA2222222222222222", proof)
        written["open_access_key"] = codec.open_handle(6, 1, access_key, "alias/mac")
        token = codec.Token("eyJ0.eyJz.c2ln", "hem.localhost")
        written["open_token"] = codec.open_handle(11, 2, token, bytes(range(0xD0, 0xE0)))
        for name, (id, records_of) in operations().items():
            written[name] = codec.batch(id, 0, records_of)
        for name, frame in written.items():
            self.assertEqual(frame.hex(), self.frames[name].hex(), name)
        self.assertEqual(codec.records(only(self.frames["batch"])), records)

    def test_what_clients_read(self):
        result = bytes.fromhex("a0a1a2a3a4a5a6a7a8a9aaab")
        read = {
            "welcome": (1, Welcome(1, 4096, 4194304, 1024)),
            "opened": (2, Opened(0, Status.DONE)),
            "results": (3, Results([Outcome(1, Status.DONE, data=result)])),
            "failure": (4, Results([Outcome(2, Status.VERIFY_FAILED,
                                            parameters=b"does not verify")])),
            "overload": (5, codec.OverloadFrame(Status.BUSY, 50)),
            "bye": (0, codec.ByeFrame(Status.SHUTTING_DOWN, "going down: bye ")),
        }
        for name, (id, body) in read.items():
            frame = only(self.frames[name])
            self.assertEqual((frame.id, codec.body(frame)), (id, body), name)

    def test_each_golden_is_one_frame(self):
        self.assertGreaterEqual(len(self.frames), 9)
        for name, data in self.frames.items():
            self.assertIsInstance(only(data).kind, Kind, name)


class Statuses(unittest.TestCase):
    """The table of statuses is the page's."""

    def test_codes_and_names(self):
        section = PAGE.read_text("utf-8").split("## 7 Statuses")[1].split("\n## ")[0]
        rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.M)
        self.assertEqual({int(code): name for code, name in rows},
                         {int(status): str(status) for status in Status})


class Operations(unittest.TestCase):
    """Numbers of operations, tags and ciphers are the page's."""

    section = PAGE.read_text("utf-8").split("## 8 Operations")[1]

    def test_operations(self):
        codes = re.findall(r"^\| `([0-9a-f]{4})` \|", self.section, re.M)
        self.assertEqual([int(code, 16) for code in codes], [int(one) for one in Operation])

    def test_tags_and_ciphers(self):
        tags = dict(re.findall(r"^\| `([0-9a-f]{2})` \| (.*) \|$", self.section, re.M))
        self.assertEqual([int(tag, 16) for tag in tags], [int(one) for one in Tag])
        ciphers = {int(code, 16) for code in re.findall(r"\b[0-3][0-8]\b", tags["02"])}
        self.assertEqual(ciphers, {int(one) for one in Cipher})

    def test_parameters_that_are_read(self):
        [outcome] = codec.body(only(goldens()["reencrypted"])).outcomes
        self.assertEqual(fields(outcome.parameters), [
            (Tag.NONCE, bytes(range(0xB0, 0xBC))), (Tag.TAG, bytes(range(0xC0, 0xD0)))])
        for cut in range(1, 4):
            with self.assertRaises(WireError):
                fields(outcome.parameters[:cut])


class Writing(unittest.TestCase):
    """Other forms, and what cannot be written."""

    def test_close_and_names_of_keys(self):
        closed = "00000010" "03" "00" "0000" "0000000000000009" "00000003"
        self.assertEqual(codec.close_handle(9, 3).hex(), closed)
        name = codec.open_handle(1, 0, "K", bytes(range(16)))
        self.assertEqual(name[-18:].hex(), "0010" + bytes(range(16)).hex())
        self.assertEqual(name[20:22].hex(), "0102")
        self.assertEqual(codec.open_handle(1, 0, "K", "alias/a")[20:22].hex(), "0103")
        for key in (b"short", "x" * 65536):
            with self.assertRaises(Unsendable):
                codec.open_handle(1, 0, "K", key)

    def test_numbers_of_records(self):
        for count in (0, 4097):
            with self.assertRaises(Unsendable):
                codec.batch(1, 0, [Record(0, 1, 0)] * count)
        most = codec.batch(1, 0, [Record(0, 1, 0)] * 4096)
        self.assertEqual(len(codec.records(only(most))), 4096)
        with self.assertRaises(Unsendable):
            codec.batch(1, 0, [Record(0, 1, 0, parameters=bytes(65536))])


class Reading(unittest.TestCase):
    """Bytes that are no frames are errors; those that are not whole are not."""

    def test_frames_in_pieces(self):
        data = goldens()["results"]
        stream = bytearray()
        for at, byte in enumerate(data):
            self.assertIsNone(codec.take(stream), at)
            stream.append(byte)
        self.assertIsNotNone(codec.take(stream))

    def test_every_cut_and_every_changed_byte_is_an_error_or_a_frame(self):
        for name, data in goldens().items():
            for at in range(len(data)):
                for change in (0x01, 0x80, 0xFF):
                    changed = bytearray(data)
                    changed[at] ^= change
                    try:
                        frame = codec.take(changed)
                        if frame is not None:
                            codec.body(frame)
                    except WireError:
                        continue
            if name in ("results", "failure"):
                cut = data[:-1]
                frame = only((len(cut) - 4).to_bytes(4, "big") + cut[4:])
                with self.assertRaises(WireError):
                    codec.body(frame)

    def test_headers(self):
        header = bytes.fromhex("0000000c 81 00 0000 0000000000000001")
        self.assertIsNotNone(codec.take(bytearray(header)))
        for at, value in ((3, 11), (0, 0x7F), (4, 0x55), (5, 1), (7, 1)):
            broken = bytearray(header)
            broken[at] = value
            with self.assertRaises(WireError, msg=f"byte {at}"):
                codec.take(broken)

    def test_closed(self):
        frame = only(bytes.fromhex("00000012 83 00 0000 0000000000000002 00000005 0006"))
        self.assertEqual(codec.body(frame), Closed(5, Status.NOT_FOUND))


if __name__ == "__main__":
    unittest.main()
