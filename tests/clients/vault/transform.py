"""What hvac's transform class does. Usage: python -m vault.transform READY DATA TYPEX."""

import sys
import unittest

from hvac import exceptions

from .service import ALL, RANDOM, Gateway, digits, grouped, luhn, pan

GATEWAY = Gateway(*sys.argv[1:4])
CASES = 60


class Transform(unittest.TestCase):
    """Roles, transformations and values of one caller who may everything."""

    @classmethod
    def setUpClass(cls):
        cls.client = GATEWAY.caller("everything", _=ALL)
        cls.transform = cls.client.secrets.transform

    def make(self, name: str, kind: str = "fpe", **options) -> str:
        """A transformation and a role for it; the role's name."""
        role = f"{name}-role"
        if kind == "fpe":
            options = {"template": "builtin/creditcardnumber",
                       "tweak_source": "internal"} | options
        create = getattr(self.transform, f"create_or_update_{kind}_transformation")
        create(name, allowed_roles=[role], **options)
        self.transform.create_or_update_role(role, transformations=[name])
        return role

    def encode(self, role: str, value: str, **more) -> str:
        return self.transform.encode(role, value=value, **more)["data"]["encoded_value"]

    def decode(self, role: str, value: str, **more) -> str:
        return self.transform.decode(role, value=value, **more)["data"]["decoded_value"]

    def test_fpe_gives_back_what_it_got(self):
        role = self.make("fpe-cards")
        seen = {}
        for _ in range(CASES):
            value = grouped(pan(), RANDOM.choice(["", "-", " "]))
            code = self.encode(role, value)
            self.assertEqual([one for one in code if not one.isdigit()],
                             [one for one in value if not one.isdigit()])
            self.assertEqual(len(code), len(value))
            self.assertEqual(self.decode(role, code), value)
            self.assertEqual(self.encode(role, value), code)
            bare = "".join(filter(str.isdigit, value))
            self.assertEqual(self.encode(role, bare), "".join(filter(str.isdigit, code)))
            seen[bare] = code
        self.assertEqual(len(set(seen.values())), len(seen))

    def test_fpe_says_which_algorithm_it_is(self):
        role = self.make("fpe-warns")
        for answer in (self.transform.encode(role, value=pan()),
                       self.transform.decode(role, value=pan()),
                       self.transform.create_or_update_fpe_transformation(
                           "fpe-warns", "builtin/creditcardnumber", tweak_source="internal",
                           allowed_roles=["fpe-warns-role"])):
            self.assertIn("FF1", answer["warnings"][0])
            self.assertEqual((answer["lease_id"], answer["renewable"], answer["wrap_info"],
                              answer["auth"]), ("", False, None, None))
        self.assertRegex(answer["request_id"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

    def test_a_transformation_written_again_has_the_same_codes(self):
        role, value = self.make("fpe-again"), pan(16, 16)
        code = self.encode(role, value)
        self.make("fpe-again")
        self.assertEqual(self.encode(role, value), code)

    def test_templates_keep_what_they_do_not_capture(self):
        self.transform.create_or_update_template(
            "ends", "regex", r"(?:\d{6})(\d{6,9})\d{4}", "builtin/numeric")
        role = self.make("ends-kept", template="ends")
        for _ in range(20):
            value = pan(16, 19)
            code = self.encode(role, value)
            self.assertEqual((code[:6], code[-4:]), (value[:6], value[-4:]))
            self.assertEqual(self.decode(role, code), value)

    def test_other_alphabets_and_social_security_numbers(self):
        self.transform.create_or_update_alphabet("consonants", "bcdfghjklmnpqrstvwxz")
        self.transform.create_or_update_template(
            "names", "regex", r"([bcdfghjklmnpqrstvwxz]{5,40})@\d{1,3}", "consonants")
        role = self.make("names-hidden", template="names")
        value = "".join(RANDOM.choices("bcdfghjklmnpqrstvwxz", k=17)) + "@42"
        code = self.encode(role, value)
        self.assertTrue(code.endswith("@42") and code != value)
        self.assertEqual(self.decode(role, code), value)
        role = self.make("social", template="builtin/socialsecuritynumber")
        number = digits(9)
        for value in (number, f"{number[:3]}-{number[3:5]}-{number[5:]}"):
            self.assertEqual(self.decode(role, self.encode(role, value)), value)

    def test_masks(self):
        self.transform.create_or_update_template(
            "last-four", "regex", r"(\d{4})-(\d{4})-(\d{4})-\d{4}", "builtin/numeric")
        role = self.make("masked", "masking", template="last-four", masking_character="#")
        number = pan(16, 16)
        masked = self.encode(role, grouped(number, "-"))
        self.assertEqual(masked, f"####-####-####-{number[-4:]}")
        with self.assertRaises(exceptions.InvalidRequest):
            self.decode(role, masked)

    def test_tokenization(self):
        role = self.make("kept", "tokenization")
        for _ in range(20):
            value = pan()
            first, second = self.encode(role, value), self.encode(role, value)
            self.assertNotEqual(first, second)
            for token in (first, second):
                self.assertEqual((len(token), token[-4:]), (len(value), value[-4:]))
                self.assertNotEqual(luhn(token[:-1]), int(token[-1]))
                self.assertEqual(self.decode(role, token), value)
                valid = self.transform.validate_token(role, token, "kept")
                self.assertIs(valid["data"]["valid"], True)
        for text in (pan(16, 16), "12", "abc"):
            if text.isdigit() and len(text) > 11:
                valid = self.transform.validate_token(role, text, "kept")
                self.assertIs(valid["data"]["valid"], False)

    def test_convergent_tokenization(self):
        role = "convergent-role"
        self.client.write_data("transform/transformations/tokenization/convergent", data={
            "convergent": True, "allowed_roles": [role], "max_ttl": "24h"})
        self.transform.create_or_update_role(role, transformations=["convergent"])
        value = pan()
        self.assertEqual(self.encode(role, value), self.encode(role, value))
        shown = self.transform.read_transformation("convergent")["data"]
        self.assertEqual((shown["convergent"], shown["max_ttl"], shown["type"]),
                         (True, 86400, "tokenization"))
        with self.assertRaises(exceptions.InvalidRequest):
            self.client.write_data(f"transform/encode/{role}", data={"value": pan(), "ttl": "25h"})

    def test_metadata(self):
        role, value = self.make("noted", "tokenization", max_ttl=3600), pan()
        answer = self.client.write_data(f"transform/encode/{role}", data={
            "value": value, "ttl": "15m", "metadata": "order=17,shop=north"})
        token = answer["data"]["encoded_value"]
        noted = self.transform.retrieve_token_metadata(role, token, "noted")["data"]
        self.assertEqual(noted["metadata"], {"order": "17", "shop": "north"})
        self.assertRegex(noted["expiration_time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertLess(noted["creation_time"], noted["expiration_time"])

    def test_rotation(self):
        role, value = self.make("rotated", "tokenization"), pan()
        token = self.encode(role, value)
        self.transform.rotate_tokenization_key("rotated")
        self.assertEqual(self.decode(role, token), value)
        self.assertEqual(self.decode(role, self.encode(role, value)), value)
        self.make("fixed")
        with self.assertRaises(exceptions.InvalidRequest):
            self.transform.rotate_tokenization_key("fixed")

    def test_domains_of_the_operator_are_taken_into_use(self):
        partition = self.client.lookup_token()["data"]["meta"]["partition"]
        GATEWAY.operate("tokens", "domain", "create", "operated", "--partition", partition,
                        "--end", "0", "--luhn", "versioned")
        role, value = self.make("operated"), pan(16, 16)
        codes = [self.encode(role, value)]
        self.transform.rotate_tokenization_key("operated")
        codes.append(self.encode(role, value))
        self.assertNotEqual(*codes)
        for code in codes:
            self.assertNotEqual(luhn(code[:-1]), int(code[-1]))
            self.assertEqual(self.decode(role, code), value)
        self.transform.delete_transformation("operated")
        self.assertIn("operated", GATEWAY.operate("tokens", "domain", "list"))

    def test_batches(self):
        self.make("batch-fpe")
        self.make("batch-kept", "tokenization")
        role = "batch-role"
        self.transform.create_or_update_role(role, ["batch-fpe", "batch-kept"])
        for name, kind in (("batch-fpe", "fpe"), ("batch-kept", "tokenization")):
            self.client.write_data(f"transform/transformations/{kind}/{name}", data={
                "template": "builtin/creditcardnumber", "tweak_source": "internal",
                "allowed_roles": ["batch-*"]})
        values = [pan() for _ in range(40)]
        names = [RANDOM.choice(["batch-fpe", "batch-kept"]) for _ in values]
        items = [{"value": value, "transformation": name, "reference": str(at)}
                 for at, (value, name) in enumerate(zip(values, names))]
        items.insert(7, {"value": "not a number", "transformation": "batch-fpe"})
        items.insert(9, {"transformation": "batch-fpe"})
        items.insert(11, {"value": values[0], "transformation": "absent", "reference": "x"})
        made = self.transform.encode(role, batch_input=items)
        self.assertIn("FF1", made["warnings"][0])
        results = made["data"]["batch_results"]
        self.assertEqual(len(results), len(items))
        self.assertEqual([at for at, one in enumerate(results) if "error" in one], [7, 9, 11])
        self.assertEqual(results[11]["reference"], "x")
        codes = [one for one in results if "error" not in one]
        self.assertEqual([one["reference"] for one in codes], [str(at) for at in range(40)])
        back = self.transform.decode(role, batch_input=[
            {"value": one["encoded_value"], "transformation": name}
            for one, name in zip(codes, names)])
        self.assertEqual([one["decoded_value"] for one in back["data"]["batch_results"]], values)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
