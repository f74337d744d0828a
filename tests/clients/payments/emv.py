"""EMV by pyemv."""
# spec: payments 5.2, 8

from pyemv import ac, cvv, kd, sm

STYLES = {"EMV": sm.EncryptionType.EMV, "MASTERCARD": sm.EncryptionType.MASTERCARD,
          "VISA": sm.EncryptionType.VISA}
CVC3_DIGITS = 5


def card_key(imk: bytes, pan: str, psn: str, option: str = "A") -> bytes:
    """The key of one card."""
    derive = {"A": kd.derive_icc_mk_a, "B": kd.derive_icc_mk_b}[option]
    return derive(imk, pan, psn)


def common_key(card: bytes, atc: bytes) -> bytes:
    """EMV common session key of a counter."""
    return kd.derive_common_sk(card, atc + bytes(6))


def cryptogram_key(card: bytes, cryptogram: bytes) -> bytes:
    """EMV common session key of a cryptogram, for scripts."""
    return kd.derive_common_sk(card, cryptogram)


def mastercard_key(card: bytes, atc: bytes, number: bytes) -> bytes:
    """SKD."""
    return kd.derive_common_sk(card, atc + bytes(2) + number)


def emv2000_key(card: bytes, atc: bytes) -> bytes:
    """That of the tree."""
    return kd.derive_emv2000_tree_sk(card, atc)


def visa_script_key(card: bytes, atc: bytes) -> bytes:
    """For scripts."""
    return kd.derive_visa_sm_sk(card, atc)


def cryptogram(key: bytes, data: bytes, visa: bool = False) -> bytes:
    """ARQC; Visa's padding adds only zeros."""
    padding = ac.PaddingType.VISA if visa else ac.PaddingType.EMV
    return ac.generate_ac(key, data, padding)


def response_1(key: bytes, arqc: bytes, code: bytes) -> bytes:
    """ARPC method 1."""
    return ac.generate_arpc_1(key, arqc, code)


def response_2(key: bytes, arqc: bytes, status: bytes, own: bytes | None = None) -> bytes:
    """ARPC method 2."""
    return ac.generate_arpc_2(key, arqc, status, own)


def script_mac(key: bytes, message: bytes, size: int = 8) -> bytes:
    """MAC of a command."""
    return sm.generate_command_mac(key, message, size)


def script_data(key: bytes, data: bytes, style: str) -> bytes:
    """Encrypted data of a command."""
    return sm.encrypt_command_data(key, data, STYLES[style])


def pin_block_2(pin: str) -> bytes:
    """What a card gets, format 2."""
    return sm.format_iso9564_2_pin_block(pin)


def pin_block_visa(card: bytes, pin: str, current: str | None = None) -> bytes:
    """What a card of Visa gets."""
    return sm.format_vis_pin_block(card, pin, current)


def dynamic_code(card: bytes, track: bytes, atc: bytes, number: bytes) -> str:
    """CVC3, five digits."""
    return cvv.generate_cvc3(card, track, atc, number).zfill(CVC3_DIGITS)
