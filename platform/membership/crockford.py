"""Codes that people read from a card and type: Crockford's base 32, fifteen drawn characters and one that checks them."""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
MEANT = str.maketrans("OIL", "011")  # what a reader takes for another
IGNORED = str.maketrans("", "", " -_–—\u3000\u00a0")


def draw() -> str:
    """A new code of 75 random bits, as it is kept: without dashes."""
    number = secrets.randbits(5 * (LENGTH - 1))
    drawn = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH - 1))
    return drawn + ALPHABET[_times_x(_remainder(drawn))]


def read(typed: str) -> str:
    """The code that was meant; empty when what was typed cannot be one."""
    half_width = unicodedata.normalize("NFKC", typed)
    code = half_width.translate(IGNORED).upper().translate(MEANT)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) and not _remainder(code) else ""


def shown(code: str) -> str:
    """In groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _remainder(characters: str) -> int:
    """Nought for a whole code. Each place weighs another power of x in GF(32), so that any one wrong character and any two
    exchanged ones leave something over."""
    left = 0
    for character in characters:
        left = _times_x(left) ^ ALPHABET.index(character)
    return left


def _times_x(element: int) -> int:
    return element << 1 ^ (0b100101 if element & 16 else 0)
