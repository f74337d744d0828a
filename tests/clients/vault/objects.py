"""What there is, and who may do what. Usage: python -m vault.objects READY DATA TYPEX."""

import sys
import unittest

import requests
from hvac import exceptions

from .service import ALL, Gateway, pan

GATEWAY = Gateway(*sys.argv[1:4])


class Objects(unittest.TestCase):
    """Made, shown, listed, changed, removed."""

    @classmethod
    def setUpClass(cls):
        cls.client = GATEWAY.caller("objects", _=ALL)
        cls.transform = cls.client.secrets.transform

    def listed(self, what: str) -> list[str]:
        return getattr(self.transform, f"list_{what}")()["data"]["keys"]

    def test_roles(self):
        with self.assertRaises(exceptions.InvalidPath):
            GATEWAY.caller("nobody", _=ALL).secrets.transform.list_roles()
        made = self.transform.create_or_update_role("one", ["a", "b"])
        self.assertEqual(made.status_code, 204)
        read = self.transform.read_role("one")["data"]
        self.assertEqual(read, {"transformations": ["a", "b"]})
        self.transform.create_or_update_role("one", ["c"])
        self.assertEqual(self.transform.read_role("one")["data"]["transformations"], ["c"])
        self.assertIn("one", self.listed("roles"))
        self.assertEqual(self.transform.delete_role("one").status_code, 204)
        self.assertEqual(self.transform.delete_role("one").status_code, 204)
        with self.assertRaises(exceptions.InvalidPath) as raised:
            self.transform.read_role("one")
        self.assertEqual(raised.exception.errors, [])

    def test_templates_and_alphabets(self):
        self.assertIn("builtin/creditcardnumber", self.listed("templates"))
        self.assertIn("builtin/alphanumeric", self.listed("alphabets"))
        shown = self.transform.read_template("builtin/socialsecuritynumber")["data"]
        self.assertEqual((shown["type"], shown["alphabet"]), ("regex", "builtin/numeric"))
        self.assertEqual(self.transform.read_alphabet("builtin/numeric")["data"]["alphabet"],
                         "0123456789")
        self.transform.create_or_update_alphabet("own", "xyz")
        self.transform.create_or_update_template("own", "regex", "([xyz]{20})", "own")
        self.assertEqual(self.transform.read_template("own")["data"],
                         {"type": "regex", "pattern": "([xyz]{20})", "alphabet": "own"})
        self.assertEqual(self.transform.read_alphabet("own")["data"], {"alphabet": "xyz"})
        self.transform.delete_alphabet("own")
        self.transform.delete_template("own")
        for read in (self.transform.read_template, self.transform.read_alphabet):
            with self.assertRaises(exceptions.InvalidPath):
                read("own")
        for change in (lambda: self.transform.delete_alphabet("builtin/numeric"),
                       lambda: self.transform.create_or_update_alphabet("builtin/a", "ab"),
                       lambda: self.transform.create_or_update_alphabet("twice", "aa"),
                       lambda: self.transform.create_or_update_template(
                           "lost", "regex", r"(\d{9})", "absent"),
                       lambda: self.transform.create_or_update_template(
                           "lost", "regex", r"(\d+)", "builtin/numeric")):
            with self.assertRaises(exceptions.InvalidRequest):
                change()

    def test_transformations(self):
        create = self.transform.create_or_update_transformation
        create("shown", "fpe", "builtin/creditcardnumber", tweak_source="internal",
               allowed_roles=["a", "b*"])
        shown = self.transform.read_transformation("shown")["data"]
        self.assertEqual(
            [shown[name] for name in ("type", "templates", "tweak_source", "allowed_roles")],
            ["fpe", ["builtin/creditcardnumber"], "internal", ["a", "b*"]])
        self.assertIn("shown", self.listed("transformations"))
        create("kept", "tokenization", "builtin/creditcardnumber")
        self.assertEqual(self.transform.read_transformation("kept")["data"]["type"],
                         "tokenization")
        for change in (lambda: create("shown", "tokenization", "builtin/creditcardnumber"),
                       lambda: create("other", "fpe", "builtin/creditcardnumber"),
                       lambda: create("other", "fpe", "absent", tweak_source="internal"),
                       lambda: create("shown", "fpe", "builtin/socialsecuritynumber",
                                      tweak_source="internal"),
                       lambda: self.transform.create_or_update_tokenization_transformation(
                           "other", mapping_mode="exportable")):
            with self.assertRaises(exceptions.InvalidRequest) as raised:
                change()
            self.assertTrue(raised.exception.errors[0])
        self.assertNotIn("other", self.listed("transformations"))
        self.transform.delete_transformation("shown")
        self.assertNotIn("shown", self.listed("transformations"))
        create("shown", "fpe", "builtin/socialsecuritynumber", tweak_source="internal")

    def test_small_domains_are_refused(self):
        self.transform.create_or_update_template("pin", "regex", r"(\d{5})", "builtin/numeric")
        with self.assertRaises(exceptions.InvalidRequest) as raised:
            self.transform.create_or_update_fpe_transformation("pin", "pin", "internal")
        self.assertIn("1000000", raised.exception.errors[0])

    def test_removal(self):
        role = "removed-role"
        self.transform.create_or_update_tokenization_transformation(
            "removed", allowed_roles=[role])
        self.transform.create_or_update_role(role, ["removed"])
        self.transform.encode(role, value=pan())
        with self.assertRaises(exceptions.InvalidRequest):
            self.transform.delete_transformation("removed")
        self.client.write_data("transform/transformations/masking/stays", data={
            "template": "builtin/creditcardnumber", "deletion_allowed": False})
        with self.assertRaises(exceptions.InvalidRequest):
            self.transform.delete_transformation("stays")


class Server(unittest.TestCase):
    """What clients ask before anything else."""

    @classmethod
    def setUpClass(cls):
        cls.client = GATEWAY.caller("server", **{"cards_": ("tokenize", "view")})

    def test_health(self):
        system = GATEWAY.client(None).sys
        self.assertEqual(system.read_health_status().status_code, 200)
        health = system.read_health_status(method="GET")
        self.assertEqual((health["initialized"], health["sealed"]), (True, False))
        self.assertFalse(system.is_sealed())
        self.assertTrue(system.is_initialized())
        self.assertFalse(system.read_leader_status()["ha_enabled"])

    def test_mounts(self):
        mounts = self.client.sys.list_mounted_secrets_engines()["data"]
        self.assertEqual(mounts["transform/"]["type"], "transform")

    def test_tokens(self):
        self.assertTrue(self.client.is_authenticated())
        mine = self.client.auth.token.lookup_self()["data"]
        self.assertEqual(mine["policies"], ["cards*:tokenize+view"])
        self.assertEqual((mine["ttl"], mine["type"]), (0, "service"))
        self.assertNotIn(self.client.token, str(mine))
        self.assertFalse(GATEWAY.client("0" * 32).is_authenticated())
        self.assertFalse(GATEWAY.client(None).is_authenticated())

    def test_other_ways_to_ask(self):
        bearer = {"Authorization": f"Bearer {self.client.token}"}
        answer = requests.get(f"{GATEWAY.tls}/v1/auth/token/lookup-self", headers=bearer,
                              verify=GATEWAY.certificate, timeout=10)
        partition = answer.json()["data"]["meta"]["partition"]
        own = GATEWAY.client(self.client.token, namespace=partition)
        self.assertTrue(own.is_authenticated())
        other = GATEWAY.client(self.client.token, namespace="elsewhere")
        self.assertFalse(other.is_authenticated())
        strict = GATEWAY.client(self.client.token, strict_http=True)
        self.assertTrue(strict.secrets.transform.list_alphabets()["data"]["keys"])
        wrapped = GATEWAY.client(self.client.token)
        with self.assertRaises(exceptions.InvalidRequest):
            wrapped.read("auth/token/lookup-self", wrap_ttl="60s")


class Errors(unittest.TestCase):
    """hvac's own classes, for callers who may less."""

    @classmethod
    def setUpClass(cls):
        cls.owner = GATEWAY.caller("owner", _=ALL)
        transform = cls.owner.secrets.transform
        for name in ("cards", "other"):
            transform.create_or_update_fpe_transformation(
                name, "builtin/creditcardnumber", "internal", allowed_roles=["pay"])
        transform.create_or_update_role("pay", ["cards", "other"])
        transform.create_or_update_role("elsewhere", ["cards"])
        transform.create_or_update_role("empty", ["absent"])
        cls.transform = transform

    def refused(self, kind: type, call, *arguments, **named) -> str:
        with self.assertRaises(kind) as raised:
            call(*arguments, **named)
        return " ".join(raised.exception.errors or [])

    def test_invalid_requests(self):
        encode, value = self.transform.encode, pan(16, 16)
        for named in ({"role_name": "pay", "value": value},
                      {"role_name": "pay", "value": "x", "transformation": "cards"},
                      {"role_name": "pay", "value": value, "transformation": "cards",
                       "tweak": "AAAAAAAAAA=="},
                      {"role_name": "pay", "transformation": "cards"},
                      {"role_name": "pay", "batch_input": []}):
            text = self.refused(exceptions.InvalidRequest, encode, **named)
            self.assertTrue(text and value not in text, named)
        for call in (self.transform.check_tokenization,):
            text = self.refused(exceptions.InvalidRequest, call, "pay", value, "cards")
            self.assertIn("token only", text)
        for call in (self.transform.validate_token, self.transform.retrieve_token_metadata):
            self.refused(exceptions.InvalidRequest, call, "pay", value, "cards")
        self.refused(exceptions.InvalidRequest,
                     self.transform.export_decoded_tokenization_state, "cards")
        self.refused(exceptions.InvalidRequest, self.transform.snapshot_tokenization_state, "cards")
        self.refused(exceptions.InvalidRequest, self.transform.create_or_update_tokenization_store,
                     "s", "postgres", "postgresql://x")

    def test_invalid_paths(self):
        value = pan()
        self.refused(exceptions.InvalidPath, self.transform.encode, "absent", value=value)
        self.refused(exceptions.InvalidPath, self.transform.encode, "empty", value=value)
        self.refused(exceptions.InvalidPath, self.transform.encode, "pay", value=value,
                     transformation="absent")
        self.refused(exceptions.InvalidPath, self.transform.list_roles, mount_point="elsewhere")
        # A read of what is not there is an answer without anything.
        with self.assertRaises(exceptions.InvalidPath):
            self.owner.secrets.kv.v1.read_secret("x")

    def test_forbidden(self):
        value = pan()
        unknown = GATEWAY.client("0" * 32).secrets.transform
        self.refused(exceptions.Forbidden, unknown.list_roles)
        self.refused(exceptions.Forbidden, GATEWAY.client(None).secrets.transform.list_roles)
        self.refused(exceptions.Forbidden, self.transform.encode, "elsewhere", value=value)
        nothing = GATEWAY.caller("nothing").secrets.transform
        self.refused(exceptions.Forbidden, nothing.encode, "pay", value=value)
        self.refused(exceptions.Forbidden, nothing.encode, "absent", value=value)
        self.refused(exceptions.Forbidden, nothing.read_role, "pay")
        self.refused(exceptions.Forbidden, nothing.create_or_update_role, "pay", ["x"])

    def test_rights_are_by_domain(self):
        holder = self.owner.lookup_token()["data"]["accessor"]
        role, value = "pay", pan(16, 16)
        code = self.transform.encode(role, value=value, transformation="cards")
        code = code["data"]["encoded_value"]
        try:
            GATEWAY.grant(holder, "*", ("tokenize", "view", "manage"))
            self.refused(exceptions.Forbidden, self.transform.decode, role, value=code,
                         transformation="cards")
            GATEWAY.grant(holder, "cards", ("detokenize_masked",))
            told = self.transform.decode(role, value=code, transformation="cards")["data"]
            self.assertEqual(told["decoded_value"], f"{value[:6]}******{value[-4:]}")
            self.refused(exceptions.Forbidden, self.transform.decode, role, value=code,
                         transformation="other")
        finally:
            GATEWAY.grant(holder, "cards", ALL)
            GATEWAY.grant(holder, "*", ALL)

    def test_tenants_are_apart(self):
        other = GATEWAY.caller("other tenant", _=ALL).secrets.transform
        self.refused(exceptions.InvalidPath, other.encode, "pay", value=pan())
        self.refused(exceptions.InvalidPath, other.read_transformation, "cards")

    def test_quotas(self):
        transform = GATEWAY.caller("counted", _=ALL).secrets.transform
        transform.create_or_update_template(
            "tight", "regex", r"\d{6}(\d{6})\d{4}", "builtin/numeric")
        transform.create_or_update_fpe_transformation(
            "tight", "tight", "internal", allowed_roles=["tight"])
        transform.create_or_update_role("tight", ["tight"])
        batch = [{"value": f"411111{at:06}1111"} for at in range(1001)]
        results = transform.encode("tight", batch_input=batch)["data"]["batch_results"]
        self.assertEqual([at for at, one in enumerate(results) if "error" in one], [1000])
        with self.assertRaises(exceptions.RateLimitExceeded):
            transform.encode("tight", value="4111119999991111")
        # What was asked before costs nothing.
        again = transform.encode("tight", value=batch[0]["value"])
        self.assertEqual(again["data"]["encoded_value"], results[0]["encoded_value"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
