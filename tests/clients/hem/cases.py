"""One case for each rule that clients depend on, numbered as the clauses of the dialect's page.

Usage: python -m hem.cases READY_FILE SERVICE HOST.
"""

import sys
import threading
import time
import unittest

from cryptography.exceptions import InvalidSignature

from . import exercises, log
from .api import Instance
from .conditions import JSON_BYTES_MAX, filled
from .crypto import Key
from .encoding import b64
from .exercises import refused
from .keys import PAGE, Keys
from .log import Log
from .oracle import Party, message
from .owner import Owner, claim
from .raw import Raw
from .tokens import Pair

READY, SERVICE, HOST = sys.argv[1:4]


class Cases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance.of_ready_file(READY, HOST)
        cls.service = Instance(SERVICE, secure=False)
        cls.instance.check_in(cls.service)
        cls.owner, cls.administrator, _ = claim(cls.instance, HOST, "user", "master",
                                                origin="https://a.example, *.b.example")
        cls.keys = Keys(cls.owner)

    def status(self, request: Raw) -> int:
        return request.to(self.instance).send().status

    def check_in(self, size: int | None = None) -> Raw:
        request = Raw("POST", "/api/system/checkin", {"checked": "a.b.c"})
        return request if size is None else request.holding(filled(request.body, size))

    # spec: encedo-hem 1.5
    def test_a_bad_token_is_refused_where_none_is_needed(self):
        self.assertEqual(self.status(Raw("GET", "/api/system/status")), 200)
        self.assertEqual(self.status(Raw("GET", "/api/system/status").bearing("e30.e30.AA")), 401)

    # spec: encedo-hem 1.2
    def test_lengths_of_bodies(self):
        without = self.check_in().holding(b"")
        without.headers.pop("Content-Length")
        self.assertEqual(self.status(without), 411)
        # Understood, and its proof is none.
        self.assertEqual(self.status(self.check_in(JSON_BYTES_MAX)), 401)
        self.assertEqual(self.status(self.check_in(JSON_BYTES_MAX + 1)), 413)
        self.assertEqual(self.status(self.check_in().holding(b"{")), 400)
        waiting = self.check_in()
        waiting.headers["Expect"] = "100-continue"
        self.assertEqual(self.status(waiting), 401)

    # spec: encedo-hem 1.1
    def test_keys_need_tls(self):
        for method, path in (("GET", "/api/keymgmt/list"), ("POST", "/api/crypto/hmac/hash"),
                             ("DELETE", "/api/keymgmt/delete/" + "0" * 32)):
            request = Raw(method, path, {"a": 1} if method == "POST" else None)
            request.secure = False
            self.assertEqual(self.status(request), 418)
        plain = self.instance.without_tls()
        self.assertIn(plain.status()["https"], (True, False))

    # spec: encedo-hem 1.6
    def test_origins(self):
        for origin, status in (("https://evil", 412), ("https://a.example", 200),
                               ("https://a.example:8443", 412), ("http://a.example", 412),
                               ("http://x.b.example", 200), ("https://b.example.evil", 412)):
            request = Raw("GET", "/api/system/version")
            request.headers["Origin"] = origin
            answer = request.to(self.instance).send()
            self.assertEqual(answer.status, status, origin)
            allowed = origin if status == 200 else None
            self.assertEqual(answer.headers.get("access-control-allow-origin"), allowed)
        preflight = Raw("OPTIONS", "/api/keymgmt/create")
        preflight.headers["Origin"] = "https://a.example"
        answer = preflight.to(self.instance).send()
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(answer.headers["access-control-allow-methods"],
                         "GET, POST, DELETE, OPTIONS")
        self.assertEqual(answer.headers["access-control-max-age"], "86400")
        self.assertEqual(answer.headers["access-control-allow-credentials"], "true")
        self.assertIn("Authorization", answer.headers["access-control-allow-headers"])

    # spec: encedo-hem 3.3
    def test_a_login_counts_once(self):
        proof = self.owner.proof("logger:get")
        self.instance.post("auth/token", {"auth": proof})
        refused(401, self.instance.post, "auth/token", {"auth": proof})

    # spec: encedo-hem 3.3
    def test_failed_logins_take_long_and_hinder_nobody(self):
        stranger = Owner(self.instance, Pair())
        took = [self.seconds(refused, 401, stranger.log_in, "logger:get") for _ in range(4)]
        self.assertTrue(all(one >= 0.5 for one in took), took)
        self.assertGreaterEqual(took[-1], 1.5)
        slow = threading.Thread(target=refused, args=(401, stranger.log_in, "logger:get"))
        slow.start()
        other = Instance.of_ready_file(READY, HOST)
        other.status()
        self.assertTrue(slow.is_alive(), "others waited for it")
        slow.join()
        self.assertTrue(self.owner.log_in("logger:get"))

    def seconds(self, do, *args) -> float:
        start = time.monotonic()
        do(*args)
        return time.monotonic() - start

    # spec: encedo-hem 2.2, 7.2
    def test_tokens_end_with_a_boot_and_its_log_stays(self):
        used = self.owner.log_in("logger:get")
        refused(403, self.administrator.get, "keymgmt/list", "keymgmt:list")
        written = Log(self.owner).names()["id"][-1]
        self.owner.reboot()
        self.administrator.tokens.clear()
        refused(401, self.instance.get, "logger/list", used)
        self.instance.check_in(self.service)
        read = Log(self.owner)
        records = read.records(written)
        scopes = [one.extra for one in records if (one.event, one.subject) == (12, "M")]
        self.assertIn(b"keymgmt:list", scopes)
        with self.assertRaises(InvalidSignature):
            log.verify(read.text(written), bytes(31) + b"\x01")

    # spec: encedo-hem 2.5
    def test_a_scope_is_for_one_key(self):
        one, two = (self.keys.create("scoped", "SHA2-256") for _ in range(2))
        body = {"kid": two, "msg": b64(b"a")}
        refused(403, self.owner.post, "crypto/hmac/hash", f"keymgmt:use:{one}", body)
        self.owner.post("crypto/hmac/hash", f"keymgmt:use:{two.upper()}", body)
        self.remove([one, two])

    def remove(self, kids: list[str]):
        for kid in kids:
            self.keys.delete(kid)

    # spec: encedo-hem 5.5
    def test_a_page_is_never_longer(self):
        kids = [self.keys.create(f"page {at}", "AES128") for at in range(20)]
        page = self.keys.page(0, 64)
        self.assertEqual((page["listed"], len(page["list"])), (PAGE, PAGE))
        self.assertGreaterEqual(page["total"], 20)
        self.remove(kids)

    # spec: encedo-hem 5.5
    def test_search_without_a_token(self):
        kid = self.keys.create("found", "AES128", descr=b"EXTRAS of it")
        search = self.instance.post
        found = search("keymgmt/search", {"descr": "^" + b64(b"EXTRAS")})
        self.assertEqual([one["kid"] for one in found["list"]], [kid])
        refused(401, search, "keymgmt/search", {"descr": "^" + b64(b"EXTRA")})
        refused(401, search, "keymgmt/search", {"descr": b64(b"EXTRAS")})
        self.assertEqual(self.owner.configure(allow_keysearch=False), {"updated": True})
        refused(401, search, "keymgmt/search", {"descr": "^" + b64(b"EXTRAS")})
        self.owner.configure(allow_keysearch=True)
        self.remove([kid])

    # spec: encedo-hem 5.3
    def test_a_key_comes_in_once(self):
        public = Party("CURVE25519").public
        kid = self.keys.bring_in("first", "CURVE25519", public)
        refused(406, self.keys.bring_in, "second", "CURVE25519", public)
        self.remove([kid])

    # spec: encedo-hem 6
    def test_gcm_with_32_bytes_of_aad(self):
        kid = self.keys.create("gcm", "AES256")
        key, msg, aad = Key(self.owner, kid), message(), message(32, 32)
        sealed = key.encrypt(msg, "AES256-GCM", aad=aad)
        self.assertEqual(key.decrypt(sealed, "AES256-GCM", aad=aad), msg)
        sealed["tag"] = exercises.flipped(sealed["tag"])
        refused(406, key.decrypt, sealed, "AES256-GCM", aad=aad)
        self.remove([kid])

    # spec: encedo-hem 4.5
    def test_changes_are_later_than_each_other(self):
        times = []
        for user in ("One", "Two", "Three"):
            self.assertEqual(self.owner.configure(user=user), {"updated": True})
            times.append(self.owner.config()["uts"])
        self.assertEqual(times, sorted(set(times)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
