"""Signatures that must be refused. Usage: python -m payments.signatures READY DATA TYPEX."""

import sys
import unittest

from botocore.exceptions import ClientError

from .service import CONTROL, DATA, Access, Gateway
from .signed import Request, segment

READY, FOLDER, TYPEX = sys.argv[1:4]
WINDOW_S, MARGIN_S = 300, 30
UNKNOWN = f"alias/{'unknown' * 3}"
ENCRYPT = {"PlainText": "00" * 16, "EncryptionAttributes": {"Symmetric": {"Mode": "ECB"}}}
LIST = {"MaxResults": 1}
INVALID, INCOMPLETE = "InvalidSignatureException", "IncompleteSignatureException"
MISSING, UNRECOGNIZED = "MissingAuthenticationTokenException", "UnrecognizedClientException"


class Signatures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(READY, FOLDER, TYPEX)
        cls.access = cls.gateway.access()

    def listing(self, **options) -> Request:
        """Of the control plane."""
        return Request(self.gateway, self.access, "ListKeys", LIST, **options)

    def encrypt(self, **options) -> Request:
        """Of the data plane, with a key that is not there."""
        path = f"/keys/{segment(UNKNOWN)}/encrypt"
        return Request(self.gateway, self.access, path, ENCRYPT, **options)

    def both(self, **options) -> list[Request]:
        """One of each plane."""
        return [self.listing(**options), self.encrypt(**options)]

    def refused(self, request: Request, error: str):
        answer = request.send()
        self.assertEqual((answer.error, answer.status), (error, 400 if error == INCOMPLETE
                                                          else 403), answer.body)

    def test_right_ones_pass(self):
        answer = self.listing().send()
        self.assertEqual((answer.status, answer.members), (200, {"Keys": []}))
        answer = self.encrypt().send()
        self.assertEqual((answer.status, answer.error), (404, "ResourceNotFoundException"))

    # spec: aws-payment 2.3
    def test_what_is_signed_cannot_change(self):
        for request in self.both():
            request.body = request.body.replace(b"1", b"2").replace(b"00", b"01", 1)
            self.refused(request, INVALID)
        request = self.encrypt()
        request.path = request.path.replace("unknown", "another", 1)
        self.refused(request, INVALID)
        request = self.listing()
        target = request.headers["X-Amz-Target"]
        request.headers["X-Amz-Target"] = target.replace("Keys", "Aliases")
        self.refused(request, INVALID)
        request = self.listing()
        request.headers["Host"] = "127.0.0.1"
        self.refused(request, INVALID)
        request = self.listing()
        request.path += "?a=b"
        self.refused(request, INVALID)

    def test_every_bit_of_a_signature_counts(self):
        for at in (0, 31, 63):
            request = self.listing()
            head, signature = request.headers["Authorization"].rsplit("=", 1)
            digit = "0" if signature[at] != "0" else "1"
            changed = signature[:at] + digit + signature[at + 1:]
            request.headers["Authorization"] = f"{head}={changed}"
            self.refused(request, INVALID)

    # spec: aws-payment 2.4
    def test_old_and_early_ones(self):
        for late_s in (WINDOW_S + MARGIN_S, -WINDOW_S - MARGIN_S, 86400, -86400):
            for request in self.both(late_s=late_s):
                self.refused(request, INVALID)
        for late_s in (WINDOW_S - MARGIN_S, -WINDOW_S + MARGIN_S):
            self.assertEqual(self.listing(late_s=late_s).send().status, 200)

    def test_another_date_than_the_signed_one(self):
        request, other = self.listing(), self.listing(late_s=120)
        request.headers["X-Amz-Date"] = other.headers["X-Amz-Date"]
        self.refused(request, INVALID)

    # spec: aws-payment 2.2
    def test_what_must_be_signed(self):
        for request in self.both(unsigned=["content-type"]):
            self.refused(request, INCOMPLETE)
        for request in self.both():
            request.headers["Authorization"] = request.headers["Authorization"].replace("host;", "")
            self.refused(request, INCOMPLETE)
        self.refused(self.listing(unsigned=["x-amz-target"]), INCOMPLETE)
        request = self.listing()
        request.headers["X-Amz-Meta"] = "added"
        self.refused(request, INCOMPLETE)

    def test_what_must_be_there(self):
        for request in self.both():
            del request.headers["Authorization"]
            self.refused(request, MISSING)
        for request in self.both():
            del request.headers["X-Amz-Date"]
            self.refused(request, INCOMPLETE)
        for part in ("Credential=", "SignedHeaders=", "Signature=", "AWS4-HMAC-SHA256"):
            request = self.listing()
            request.headers["Authorization"] = request.headers["Authorization"].replace(part, "X")
            self.refused(request, INCOMPLETE)

    def test_signed_links(self):
        for request in self.both(in_query=True):
            self.refused(request, MISSING)

    def test_other_services(self):
        for request in self.both(service="kms") + self.both(service=DATA):
            self.refused(request, INVALID)

    # spec: aws-payment 2.3
    def test_a_claimed_hash_of_the_body(self):
        request = self.listing()
        request.headers["X-Amz-Content-SHA256"] = "0" * 64
        self.assertIn(request.send().error, (INVALID, INCOMPLETE))

    def code(self, access: Access, **options) -> tuple[str, str]:
        """Code and message of the error that boto3 raises."""
        client = self.gateway.client(CONTROL, access, **options)
        with self.assertRaises(ClientError) as caught:
            client.list_keys()
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def test_wrong_access_keys_by_boto3(self):
        last = self.access.secret[-1]
        near = self.access._replace(secret=self.access.secret[:-1] + ("a" if last != "a" else "b"))
        other = self.gateway.access()
        wrong = self.code(near)
        self.assertEqual(wrong[0], INVALID)
        for access in (self.access._replace(secret=other.secret),
                       self.access._replace(identity=other.identity),
                       self.access._replace(identity="AKIAIOSFODNN7EXAMPLE")):
            self.assertEqual(self.code(access), wrong)
        self.assertEqual(self.code(self.access, aws_session_token="a" * 32)[0], UNRECOGNIZED)

    def test_disabled_access_keys(self):
        access = self.gateway.access()
        client = self.gateway.client(CONTROL, access)
        client.list_keys()
        self.gateway.operate("payments", "access-key", "disable", access.identity)
        self.assertEqual(self.code(access)[0], INVALID)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
