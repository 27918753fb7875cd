"""Identifiers as Spotify has them: 22 characters of base 62; ours start with `0sim`."""

import hashlib
from functools import lru_cache
from typing import Literal

Kind = Literal["track", "album", "artist", "episode", "show"]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX = "0sim"
LETTERS: dict[Kind, str] = {"track": "T", "album": "A", "artist": "R", "episode": "E", "show": "S"}
LENGTH = 22
MODULUS = 2**96
# Odd, so that multiplying by it can be reversed: neighbouring numbers get unlike ids, and no two the same.
FACTOR = 0x9E3779B97F4A7C15F39CC061
INVERSE = pow(FACTOR, -1, MODULUS)
LARGEST = 2**32


def encode(kind: Kind, number: int, seed: int) -> str:
    """Return the id that stands for `number` (0 to 2**32) in the world of `seed`."""
    mixed = (number * FACTOR + _offset(seed)) % MODULUS
    head = PREFIX + LETTERS[kind]
    return head + _base62(mixed).rjust(LENGTH - len(head), ALPHABET[0])


def decode(kind: Kind, text: str, seed: int) -> int | None:
    """Return the number behind an id; None for an id of another kind or world."""
    head = PREFIX + LETTERS[kind]
    if len(text) != LENGTH or not text.startswith(head) or not text.isascii() or not text.isalnum():
        return None
    mixed = 0
    for character in text[len(head) :]:
        mixed = mixed * 62 + ALPHABET.index(character)
    number = (mixed - _offset(seed)) * INVERSE % MODULUS
    return number if number < LARGEST and mixed < MODULUS else None


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits


@lru_cache(maxsize=64)
def _offset(seed: int) -> int:
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:12], "big")
