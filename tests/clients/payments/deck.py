"""Every kind of case that the gateway is asked, with the keys that they need."""

import itertools
from collections.abc import Callable, Iterator
from functools import partial

from . import card_cases, chip_cases, data_cases, mac_cases, pin_cases
from .case import Case
from .fresh import RANDOM
from .held import Held, Keys

MAC_KEYS = (("M1", "TDES_2KEY"), ("M1", "TDES_3KEY"), ("M3", "TDES_2KEY"), ("M6", "TDES_2KEY"),
            ("M6", "AES_128"), ("M6", "AES_192"), ("M6", "AES_256"), ("M7", "HMAC_SHA224"),
            ("M7", "HMAC_SHA256"), ("M7", "HMAC_SHA384"), ("M7", "HMAC_SHA512"))
DATA_KEYS = ("TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256")
PIN_KEYS = ("TDES_2KEY", "TDES_3KEY", "AES_128", "AES_256")
BASE_KEYS = ("TDES_2KEY", "AES_128", "AES_256")
# Pairs of keys for each way of a passage.
ROUTES = 2


class Deck:
    """Keys that are there once, and kinds of cases by name."""

    def __init__(self, keys: Keys):
        self.keys = keys
        self.granted: dict[tuple, list] = {}
        self.data = [keys.new("D0", one) for one in DATA_KEYS]
        self.pin = [self.for_pins(keys.new("P0", one)) for one in PIN_KEYS]
        self.base = [self.for_pins(keys.new("B0", one)) for one in BASE_KEYS]
        self.mac = [keys.new(*one) for one in MAC_KEYS]
        self.visa = keys.new("V2", "TDES_2KEY")
        self.ibm = keys.new("V1", "TDES_2KEY")
        keys.caller.operate("payments", "key", "set", "--key", self.ibm.identity, "--pin-rule",
                            pin_cases.RULE)
        self.card = [keys.new("C0", "TDES_2KEY"), keys.new("E4", "TDES_2KEY")]
        self.chip = {one: keys.new(one, "TDES_2KEY") for one in ("E0", "E1", "E2")}
        keys.for_client_data(self.chip["E1"])
        self.issuer = chip_cases.Issuer(keys)
        self.kinds: dict[str, Callable[[], Case]] = dict(itertools.chain(
            self.of_data(), self.of_reencryption(), self.of_macs(), self.of_cards(),
            self.of_pins(), self.of_translation(), self.of_chips()))

    def for_pins(self, key: Held) -> Held:
        """Lets PINs come in without a PAN."""
        self.keys.caller.operate("payments", "key", "set", "--key", key.identity,
                                 "--accept-format-1")
        return key

    def of_data(self) -> Iterator:
        """EncryptData, DecryptData."""
        for name, make in (("encrypt", data_cases.encrypts), ("decrypt", data_cases.decrypts)):
            for key in self.data:
                yield f"{name} {key.algorithm}", lambda make=make, key=key: make(
                    data_cases.symmetric(key))
            for key in self.base:
                yield f"{name} dukpt {key.algorithm}", lambda make=make, key=key: make(
                    data_cases.dukpt(key))
            yield f"{name} wrapped", lambda make=make: make(self.wrapped_side())

        yield "encrypt emv", lambda: data_cases.encrypts(data_cases.chip(self.chip["E1"]))

    def wrapped_side(self) -> data_cases.Side:
        """A data key that comes with the request."""
        key, member = self.keys.wrapped("D0", RANDOM.choice(DATA_KEYS))
        return data_cases.symmetric(key, None, member)

    def routes(self, static: list[Held], incoming: str, outgoing: str) -> tuple:
        """Two keys that may be a pair, `None` where one comes with the request; few, since each
        has to be granted."""
        ends = {"static": static, "dukpt": self.base, "wrapped": [None]}
        which = (static[0].usage, incoming, outgoing)
        if which not in self.granted:
            there = [both for both in itertools.product(ends[incoming], ends[outgoing])
                     if both[0] is None or both[0] is not both[1]]
            self.granted[which] = RANDOM.sample(there, min(ROUTES, len(there)))
        return RANDOM.choice(self.granted[which])

    def side(self, key: Held | None) -> data_cases.Side:
        """A side of re-encryption."""
        if key is None:
            return self.wrapped_side()
        return data_cases.dukpt(key) if key.usage == "B0" else data_cases.symmetric(key)

    def of_reencryption(self) -> Iterator:
        """ReEncryptData."""
        sides = ("static", "dukpt", "wrapped")
        for incoming, outgoing in itertools.product(sides, sides):
            yield f"reencrypt {incoming} to {outgoing}", partial(
                self.reencryption, incoming, outgoing)

    def reencryption(self, incoming: str, outgoing: str) -> Case:
        """From a side to a side that is another."""
        while True:
            one, other = map(self.side, self.routes(self.data, incoming, outgoing))
            # A block of one does not always fit into a block of the other.
            if other.mode != "ECB" or one.step <= other.step:
                break
        return data_cases.reencrypts(self.keys, one, other)

    def of_macs(self) -> Iterator:
        """GenerateMac, VerifyMac."""
        for name, make in (("mac", mac_cases.generates), ("mac verify", mac_cases.verifies)):
            for key in self.mac:
                yield f"{name} {key.usage} {key.algorithm}", lambda make=make, key=key: make(
                    mac_cases.static(key))
            for key in self.base:
                yield f"{name} dukpt {key.algorithm}", lambda make=make, key=key: make(
                    mac_cases.dukpt(key))
            yield f"{name} emv", lambda make=make: make(mac_cases.chip(self.chip["E2"]))

    def of_cards(self) -> Iterator:
        """GenerateCardValidationData, VerifyCardValidationData."""
        for key in self.card:
            yield f"card {key.usage}", partial(card_cases.generates, key)
            yield f"card verify {key.usage}", partial(card_cases.verifies, key)

    def of_pins(self) -> Iterator:
        """GeneratePinData, VerifyPinData."""
        for key in self.pin:
            under = pin_cases.static(key)
            for pvk, kinds in ((self.visa, pin_cases.VISA), (self.ibm, pin_cases.IBM)):
                for which in kinds:
                    yield f"pin {which} {key.algorithm}", partial(
                        pin_cases.generates, self.keys, pvk, under, which)
                yield f"pin verify {pvk.usage} {key.algorithm}", partial(
                    pin_cases.verifies, self.keys, pvk, under)
        for key, pvk in itertools.product(self.base, (self.visa, self.ibm)):
            yield f"pin verify {pvk.usage} dukpt {key.algorithm}", lambda key=key, pvk=pvk: \
                pin_cases.verifies(self.keys, pvk, pin_cases.dukpt(key))

    def under(self, key: Held | None) -> pin_cases.Under:
        """What encrypts a PIN block of a translation."""
        if key is None:
            return pin_cases.static(*self.keys.wrapped("P0", RANDOM.choice(PIN_KEYS)))
        return pin_cases.dukpt(key) if key.usage == "B0" else pin_cases.static(key)

    def of_translation(self) -> Iterator:
        """TranslatePinData."""
        sources = ("static", "dukpt", "wrapped")
        for incoming, outgoing in itertools.product(sources, sources):
            yield f"translate {incoming} to {outgoing}", partial(
                self.translation, incoming, outgoing)

    def translation(self, incoming: str, outgoing: str) -> Case:
        """From a key to another, by any way that is there between them."""
        one, other = map(self.under, self.routes(self.pin, incoming, outgoing))
        # A key of the request is not flagged to take PINs without a PAN.
        fitting = [way for way in pin_cases.ways(one, other) if way[0] != 1 or not one.wrapped]
        return pin_cases.translates(self.keys, one, other, RANDOM.choice(fitting))

    def of_chips(self) -> Iterator:
        """Cryptograms and scripts."""
        key = self.chip["E0"]
        for scheme in chip_cases.SCHEMES:
            yield f"cryptogram {scheme}", partial(chip_cases.generates, key, scheme)
            for method in range(3):
                yield f"cryptogram verify {scheme} {method}", partial(
                    chip_cases.verifies, key, scheme, method)
        for scheme in chip_cases.CHANGES:
            yield f"pin change {scheme}", partial(self.issuer.changes, scheme)
