"""Signatures of access keys, as botocore makes them."""

import unittest
from datetime import UTC, datetime
from unittest import mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from typex import AccessKey
from typex.access import Proved

KEY = AccessKey("AKIA2222222222222222", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
HOST = "localhost:8600"
MEDIA_TYPE = "application/vnd.typex.batch"
NOW = datetime(2026, 2, 28, 23, 59, 58, tzinfo=UTC)


class Signatures(unittest.TestCase):
    """The same bytes as another implementation."""

    def test_requests(self):
        for body in (b"", b"frames", bytes(range(256)) * 5):
            signed = KEY.sign(HOST, "/typex/1", MEDIA_TYPE, body, NOW)
            request = AWSRequest("POST", f"https://{HOST}/typex/1", data=body, headers={
                "content-type": MEDIA_TYPE, "host": HOST})
            credentials = Credentials(KEY.id, KEY.secret)
            with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
                SigV4Auth(credentials, "payment-cryptography", "local").add_auth(request)
            self.assertEqual(signed["authorization"], request.headers["Authorization"])
            self.assertEqual(signed["x-amz-date"], request.headers["X-Amz-Date"])

    def test_proofs_are_of_a_connection_a_handle_and_a_name(self):
        proofs = {KEY.prove(exporter, handle, key).proof for exporter in (bytes(32), b"\1" * 32)
                  for handle in (0, 1) for key in ("alias/a", bytes(16), 7)}
        self.assertEqual(len(proofs), 12)
        self.assertEqual(KEY.prove(bytes(32), 0, 7), KEY.prove(bytes(32), 0, 7))
        self.assertNotIn(KEY.secret, repr(KEY) + repr(Proved(KEY.id, b"proof")))


if __name__ == "__main__":
    unittest.main()
