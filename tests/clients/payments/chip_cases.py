"""Cryptograms of chips, and scripts that change their PINs."""
# spec: payments 8

from . import emv, fresh, pins
from .case import Case, expecting, same
from .fresh import RANDOM, hexed
from .held import Held, Keys

DATA_BYTES_MAX = 120
# Under the card's own key: what EMV recommends at the least.
OF_CARD_BYTES_MIN = 33
SCHEMES = ("EmvCommon", "Mastercard", "Emv2000", "Visa", "Amex")
# Those without a session key.
OF_CARD = ("Visa", "Amex")
CHANGES = ("EmvCommon", "Mastercard", "Emv2000", "Visa", "VisaCurrent")


class Session:
    """One transaction of one card."""

    def __init__(self, key: Held, scheme: str):
        self.pan, self.psn, self.option = fresh.pan(), fresh.digits(2), RANDOM.choice("AB")
        card = emv.card_key(key.key, self.pan, self.psn, self.option)
        atc, number = fresh.octets(2), fresh.octets(4)
        attributes = {"PrimaryAccountNumber": self.pan, "PanSequenceNumber": self.psn}
        if scheme not in OF_CARD:
            attributes["ApplicationTransactionCounter"] = hexed(atc)
        if scheme == "Mastercard":
            attributes["UnpredictableNumber"] = hexed(number)
        self.secret = {"EmvCommon": emv.common_key(card, atc), "Visa": card, "Amex": card,
                       "Mastercard": emv.mastercard_key(card, atc, number),
                       "Emv2000": emv.emv2000_key(card, atc)}[scheme]
        bytes_min = OF_CARD_BYTES_MIN if scheme in OF_CARD else 8
        self.data = fresh.message(bytes_min, DATA_BYTES_MAX)
        self.arqc = emv.cryptogram(self.secret, self.data, visa=scheme in OF_CARD)
        self.members = {"KeyIdentifier": key.arn, "TransactionData": hexed(self.data),
                        "MajorKeyDerivationMode": f"EMV_OPTION_{self.option}",
                        "SessionKeyDerivationAttributes": {scheme: attributes}}


def generates(key: Held, scheme: str) -> Case:
    """GenerateAuthRequestCryptogram."""
    session = Session(key, scheme)
    return expecting("generate_auth_request_cryptogram", session.members, key,
                     AuthRequestCryptogram=session.arqc)


def verifies(key: Held, scheme: str, method: int) -> Case:
    """VerifyAuthRequestCryptogram of one that is right; method 0 wants no answer for the card."""
    session = Session(key, scheme)
    members = session.members | {"AuthRequestCryptogram": hexed(session.arqc)}
    answers = {}
    if method == 1:
        code = fresh.octets(2)
        members["AuthResponseAttributes"] = {"ArpcMethod1": {"AuthResponseCode": hexed(code)}}
        answers["AuthResponseValue"] = emv.response_1(session.secret, session.arqc, code)
    elif method == 2:
        status, own = fresh.octets(4), fresh.octets(RANDOM.randint(0, 8))
        inner = {"CardStatusUpdate": hexed(status)}
        if own:
            inner["ProprietaryAuthenticationData"] = hexed(own)
        members["AuthResponseAttributes"] = {"ArpcMethod2": inner}
        answers["AuthResponseValue"] = emv.response_2(session.secret, session.arqc, status, own)
    return expecting("verify_auth_request_cryptogram", members, key, **answers)


def wrong(key: Held, scheme: str) -> dict:
    """A request of VerifyAuthRequestCryptogram that must fail."""
    session = Session(key, scheme)
    return session.members | {"AuthRequestCryptogram": hexed(bytes(
        one ^ other for one, other in zip(session.arqc, b"\0" * 7 + b"\1", strict=True)))}


class Issuer:
    """The keys of scripts, and those of PINs that come in."""

    def __init__(self, keys: Keys):
        self.integrity = keys.new("E2", "TDES_2KEY")
        self.confidentiality = keys.new("E1", "TDES_2KEY")
        self.cryptograms = keys.new("E0", "TDES_2KEY")
        self.pek = keys.new("P0", "TDES_2KEY")
        keys.pair(self.pek, self.confidentiality, "chip_pin")

    def changes(self, scheme: str) -> Case:
        """GenerateMacEmvPinChange."""
        pan, psn, option = fresh.pan(), fresh.digits(2), RANDOM.choice("AB")
        pin, current = fresh.pin(), fresh.pin()
        number, header = RANDOM.choice((0, 3)), fresh.message(8, 40)
        smi, smc, card = (emv.card_key(one.key, pan, psn, option) for one in
                          (self.integrity, self.confidentiality, self.cryptograms))
        inner = {"MajorKeyDerivationMode": f"EMV_OPTION_{option}", "PrimaryAccountNumber": pan,
                 "PanSequenceNumber": psn}
        cryptogram, atc = fresh.octets(8), fresh.octets(2)
        block, style = emv.pin_block_2(pin), "MASTERCARD"
        if scheme in ("EmvCommon", "Mastercard"):
            derive, value = emv.cryptogram_key, cryptogram
            inner["ApplicationCryptogram"] = hexed(cryptogram)
        else:
            derive, value = {"Emv2000": emv.emv2000_key}.get(scheme, emv.visa_script_key), atc
            inner["ApplicationTransactionCounter"] = hexed(atc)
        if scheme == "EmvCommon":
            style = self.layout(inner)
        elif scheme == "Emv2000":
            style = "EMV"
        elif scheme.startswith("Visa"):
            style = "VISA"
            block = emv.pin_block_visa(card, pin, current if scheme == "VisaCurrent" else None)
            inner["AuthorizationRequestKeyIdentifier"] = self.cryptograms.arn
        if scheme == "VisaCurrent":
            sealed = pins.seal("TDES_2KEY", self.pek.key, number, current, pan)
            inner["CurrentPinAttributes"] = {"CurrentPinPekIdentifier": self.pek.arn,
                                             "CurrentEncryptedPinBlock": hexed(sealed)}
        sealed = emv.script_data(derive(smc, value), block, style)
        mac = emv.script_mac(derive(smi, value), header + sealed)
        request = {"NewPinPekIdentifier": self.pek.arn, "PinBlockFormat": f"ISO_FORMAT_{number}",
                   "NewEncryptedPinBlock": hexed(
                       pins.seal("TDES_2KEY", self.pek.key, number, pin, pan)),
                   "SecureMessagingIntegrityKeyIdentifier": self.integrity.arn,
                   "SecureMessagingConfidentialityKeyIdentifier": self.confidentiality.arn,
                   "MessageData": hexed(header),
                   "DerivationMethodAttributes": {scheme.removesuffix("Current"): inner}}

        def check(answer: dict) -> None:
            if scheme.startswith("Visa"):
                told, prefix = answer["VisaAmexDerivationOutputs"], "AuthorizationRequestKey"
                same(told, f"{prefix}Arn", self.cryptograms.arn)
                same(told, f"{prefix}CheckValue", self.cryptograms.check_value)
            same(answer, "EncryptedPinBlock", sealed)
            same(answer, "Mac", mac)
            for prefix, key in (("NewPinPek", self.pek),
                                ("SecureMessagingIntegrityKey", self.integrity),
                                ("SecureMessagingConfidentialityKey", self.confidentiality)):
                same(answer, f"{prefix}Arn", key.arn)
                value = f"{prefix}KeyCheckValue".replace("KeyKey", "Key")
                same(answer, value, key.check_value)
        return Case("generate_mac_emv_pin_change", request, check)

    def layout(self, inner: dict) -> str:
        """How the block is padded and encrypted."""
        style, mode, padding, position = RANDOM.choice((
            ("EMV", "CBC", "ISO_IEC_7816_4", "NONE"), ("MASTERCARD", "CBC", "NO_PADDING", "NONE"),
            ("MASTERCARD", "ECB", "NO_PADDING", "NONE"),
            ("VISA", "ECB", "ISO_IEC_7816_4", "FRONT_OF_PIN_BLOCK")))
        inner |= {"Mode": mode, "PinBlockPaddingType": padding,
                  "PinBlockLengthPosition": position}
        return style
