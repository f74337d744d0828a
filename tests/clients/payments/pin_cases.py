"""PINs: made, verified, translated."""
# spec: payments 1, 2, 3.3

from typing import NamedTuple

from . import dukpt_aes, dukpt_tdes, fresh, pins, values
from .case import Case, same, says
from .fresh import RANDOM, hexed
from .held import Held, Keys

# From which to which, with the configuration that the driver chooses.
WAYS = [(0, 0), (0, 3), (0, 4), (3, 0), (3, 3), (3, 4), (4, 0), (4, 3), (4, 4), (1, 0), (1, 1),
        (1, 3), (1, 4)]
REFUSED_WAYS = [(0, 1), (3, 1), (4, 1)]
PVV_PAN_MIN = 12
TABLE, PAD, FIRST, NUMBER = "0123456789012345", "F", 3, 9
RULE = f"{TABLE}:{FIRST}:{NUMBER}:{PAD}"


class Under(NamedTuple):
    """What encrypts a PIN block."""

    key: Held
    algorithm: str
    secret: bytes
    ksn: bytes | None = None
    wrapped: dict | None = None

    def formats(self) -> tuple[int, ...]:
        """Those that its algorithm can have."""
        return (4,) if self.algorithm.startswith("AES") else (0, 1, 3)


def static(key: Held, wrapped: dict | None = None) -> Under:
    """A key between hosts."""
    return Under(key, key.algorithm, key.key, None, wrapped)


def dukpt(base: Held, kind: str | None = None) -> Under:
    """The key of a transaction of a terminal."""
    if base.algorithm == "TDES_2KEY":
        ksn = fresh.tdes_ksn()
        return Under(base, "TDES_2KEY", dukpt_tdes.working_key(base.key, ksn, "PIN"), ksn)
    fitting = [one for one in ("TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256")
               if one.startswith("TDES") or one <= base.algorithm]
    kind, ksn = kind or RANDOM.choice(fitting), fresh.aes_ksn()
    return Under(base, kind, dukpt_aes.working_key(base.key, ksn, "PIN", kind), ksn)


def form(number: int, pan: str) -> dict:
    """The format of a translation."""
    return {f"IsoFormat{number}": {} if number == 1 else {"PrimaryAccountNumber": pan}}


def transaction(under: Under) -> dict | None:
    """Attributes of a transaction, of a translation."""
    if under.ksn is None:
        return None
    made = {"KeySerialNumber": hexed(under.ksn)}
    if under.key.algorithm != "TDES_2KEY":
        made["DukptKeyDerivationType"] = under.algorithm
    return made


def given(**members) -> dict:
    """Those that are something."""
    return {name: value for name, value in members.items() if value is not None}


def translation(incoming: Under, outgoing: Under, way: tuple[int, int], pin: str,
                pan: str) -> dict:
    """A request of TranslatePinData."""
    block = pins.seal(incoming.algorithm, incoming.secret, way[0], pin, pan)
    return {"IncomingKeyIdentifier": incoming.key.arn, "OutgoingKeyIdentifier": outgoing.key.arn,
            "IncomingTranslationAttributes": form(way[0], pan),
            "OutgoingTranslationAttributes": form(way[1], pan), "EncryptedPinBlock": hexed(block),
            **given(IncomingDukptAttributes=transaction(incoming),
                    OutgoingDukptAttributes=transaction(outgoing),
                    IncomingWrappedKey=incoming.wrapped, OutgoingWrappedKey=outgoing.wrapped)}


def translates(keys: Keys, incoming: Under, outgoing: Under, way: tuple[int, int]) -> Case:
    """TranslatePinData; the block that comes out has the same PIN, and fresh random digits."""
    flags = (["--incoming-wrapped"] if incoming.wrapped else []) \
        + (["--outgoing-wrapped"] if outgoing.wrapped else [])
    keys.pair(incoming.key, outgoing.key, "pin", *flags)
    pin, pan = fresh.pin(), fresh.pan()

    def check(answer: dict) -> None:
        says(outgoing.key)(answer)
        block = bytes.fromhex(answer["PinBlock"])
        got = pins.unseal(outgoing.algorithm, outgoing.secret, way[1], block, pan)
        assert got == pin, f"PIN {got}, not {pin}"
    return Case("translate_pin_data", translation(incoming, outgoing, way, pin, pan), check)


def ways(incoming: Under, outgoing: Under) -> list[tuple[int, int]]:
    """Those between two."""
    return [way for way in WAYS
            if way[0] in incoming.formats() and way[1] in outgoing.formats()]


def encryption(under: Under, number: int) -> dict:
    """Members that say how a PIN block is encrypted, of verification and generation."""
    made = {"EncryptionKeyIdentifier": under.key.arn, "PinBlockFormat": f"ISO_FORMAT_{number}"}
    if under.ksn is not None:
        made["DukptAttributes"] = {"KeySerialNumber": hexed(under.ksn),
                                   "DukptDerivationType": under.algorithm}
    return made | given(EncryptionWrappedKey=under.wrapped)


def validation(pan: str) -> str:
    """What IBM 3624 takes of a PAN, by the rule that our keys have."""
    return pan[FIRST:FIRST + NUMBER]


def rule(pan: str) -> dict:
    """Members of IBM 3624."""
    return {"DecimalizationTable": TABLE, "PinValidationDataPadCharacter": PAD,
            "PinValidationData": validation(pan)}


def offset(pvk: Held, pan: str, pin: str) -> str:
    """That of a PIN."""
    return values.offset(pvk.key, TABLE, validation(pan), PAD, pin)


def claims(pvk: Held, pin: str, pan: str) -> dict:
    """What a verification is told, true."""
    if pvk.usage == "V2":
        index = RANDOM.randint(0, 6)
        return {"VisaPin": {"PinVerificationKeyIndex": index,
                            "VerificationValue": values.visa_value(pvk.key, index, pin, pan)}}
    return {"Ibm3624Pin": rule(pan) | {"PinOffset": offset(pvk, pan, pin)}}


def verification(keys: Keys, pvk: Held, under: Under, pin: str, pan: str, claim: dict) -> dict:
    """A request of VerifyPinData, between keys that are a pair."""
    flags = ["--incoming-wrapped"] if under.wrapped else []
    keys.pair(under.key, pvk, "pin_verification", *flags)
    number = RANDOM.choice([one for one in under.formats() if one != 1])
    block = pins.seal(under.algorithm, under.secret, number, pin, pan)
    return {"VerificationKeyIdentifier": pvk.arn, "VerificationAttributes": claim,
            "EncryptedPinBlock": hexed(block), "PrimaryAccountNumber": pan,
            "PinDataLength": len(pin), **encryption(under, number)}


def verifies(keys: Keys, pvk: Held, under: Under) -> Case:
    """VerifyPinData of a PIN that is right."""
    pin, pan = fresh.pin(), fresh.pan()

    def check(answer: dict) -> None:
        says(pvk, "Verification")(answer)
        says(under.key, "Encryption")(answer)
    request = verification(keys, pvk, under, pin, pan, claims(pvk, pin, pan))
    return Case("verify_pin_data", request, check)


def wrong(keys: Keys, pvk: Held, under: Under, pan: str | None = None) -> dict:
    """A request of VerifyPinData that must fail: what is claimed has a wrong digit."""
    pin, pan = fresh.pin(), pan or fresh.pan()
    claim = claims(pvk, pin, pan)
    inner, = claim.values()
    name = "VerificationValue" if pvk.usage == "V2" else "PinOffset"
    inner[name] = fresh.other_digits(inner[name])
    return verification(keys, pvk, under, pin, pan, claim)


def generation(pvk: Held, under: Under, number: int, pan: str, attributes: dict) -> dict:
    """A request of GeneratePinData."""
    return {"GenerationKeyIdentifier": pvk.arn, "GenerationAttributes": attributes,
            "PrimaryAccountNumber": pan, **encryption(under, number)}


def generates(keys: Keys, pvk: Held, under: Under, which: str) -> Case:
    """GeneratePinData of any kind, between keys that are a pair."""
    given_block = which in ("VisaPinVerificationValue", "Ibm3624PinOffset")
    ends = (under.key, pvk) if given_block else (pvk, under.key)
    keys.pair(*ends, "pin_generation")
    number, pan = RANDOM.choice([one for one in under.formats() if one != 1]), fresh.pan()
    length, known = RANDOM.randint(4, 12), fresh.pin()
    block = {"EncryptedPinBlock": hexed(
        pins.seal(under.algorithm, under.secret, number, known, pan))}
    index = RANDOM.randint(0, 6)
    shift = offset(pvk, pan, known) if pvk.usage == "V1" else None
    attributes = {"VisaPin": lambda: {"PinVerificationKeyIndex": index},
                  "VisaPinVerificationValue": lambda: block | {"PinVerificationKeyIndex": index},
                  "Ibm3624PinOffset": lambda: block | rule(pan),
                  "Ibm3624NaturalPin": lambda: rule(pan), "Ibm3624RandomPin": lambda: rule(pan),
                  "Ibm3624PinFromOffset": lambda: rule(pan) | {"PinOffset": shift}}[which]()
    request = generation(pvk, under, number, pan, {which: attributes})
    if which != "Ibm3624PinFromOffset":
        request["PinDataLength"] = len(known) if given_block else length
    else:
        request["PinDataLength"] = len(known)

    def check(answer: dict) -> None:
        says(pvk, "Generation")(answer)
        says(under.key, "Encryption")(answer)
        made = bytes.fromhex(answer["EncryptedPinBlock"])
        pin = pins.unseal(under.algorithm, under.secret, number, made, pan)
        data = answer["PinData"]
        if given_block or which == "Ibm3624PinFromOffset":
            assert pin == known, f"PIN {pin}, not {known}"
        else:
            assert len(pin) == length, f"{len(pin)} digits, not {length}"
        if which == "Ibm3624NaturalPin":
            natural = values.natural_pin(pvk.key, TABLE, validation(pan), PAD, length)
            assert pin == natural, f"PIN {pin}, not {natural}"
        if pvk.usage == "V2":
            same(data, "VerificationValue", values.visa_value(pvk.key, index, pin, pan))
        else:
            same(data, "PinOffset", offset(pvk, pan, pin))
    return Case("generate_pin_data", request, check)


VISA = ("VisaPin", "VisaPinVerificationValue")
IBM = ("Ibm3624PinOffset", "Ibm3624NaturalPin", "Ibm3624RandomPin", "Ibm3624PinFromOffset")
