"""Whose data: seeds and names of variants, from the loop's secret and the candidate's code."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from tasks.errors import CandidateCodeError

MIN_SECRET_BYTES: Final = 16

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SEED_DOMAIN: Final = "worksample variant seed 1"
_ID_DOMAIN: Final = "worksample variant id 1"


def check_candidate_code(code: str) -> str:
    """Return the code unchanged if it can name files and seeds.

    Raises:
        CandidateCodeError: If it has other characters, or is empty or too long.
    """
    if _CODE.fullmatch(code) is None:
        raise CandidateCodeError(code)
    return code


def variant_seed(secret: bytes, *, candidate: str, task_id: str, task_version: str) -> int:
    """Return the 64-bit seed of a candidate's data; secret, for it gives the hidden scenarios too.

    Raises:
        CandidateCodeError: If the candidate code is malformed.
        ValueError: If the secret is too short to keep.
    """
    digest = _keyed_digest(secret, _SEED_DOMAIN, candidate, task_id, task_version)
    return int.from_bytes(digest[:8], "big")


def variant_id(secret: bytes, *, candidate: str, task_id: str, task_version: str) -> str:
    """Return a name for the variant, 12 hexadecimal digits that tell nothing about the seed.

    Raises:
        CandidateCodeError: If the candidate code is malformed.
        ValueError: If the secret is too short to keep.
    """
    return _keyed_digest(secret, _ID_DOMAIN, candidate, task_id, task_version)[:6].hex()


def _keyed_digest(secret: bytes, domain: str, candidate: str, *rest: str) -> bytes:
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError(f"the loop's secret must have at least {MIN_SECRET_BYTES} bytes")
    fields = [text.encode() for text in (domain, check_candidate_code(candidate), *rest)]
    # A length before each field: no two lists of fields give the same message.
    message = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return hmac.new(secret, message, hashlib.sha256).digest()
