"""Which candidate a submission is of: named, or told from the file's name."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from runner.errors import SourceError
from tasks.errors import CandidateCodeError
from tasks.variant import check_candidate_code

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDINGS = re.compile(r"\.(zip|tar\.gz|tgz|ipynb|git)$", re.IGNORECASE)


def codes_for(sources: Sequence[str], named: Sequence[str]) -> list[str]:
    """Return a code for each source.

    Raises:
        SourceError: there are not as many codes as sources, a name is no code, or two are equal.
    """
    if named and len(named) != len(sources):
        raise SourceError(
            f"--candidate was given {len(named)} time(s) for {len(sources)} submission(s); "
            "give it once for each, or not at all."
        )
    codes = list(named) or [_from_name(source) for source in sources]
    for code in codes:
        try:
            check_candidate_code(code)
        except CandidateCodeError as error:
            raise SourceError(f"{error} Name it with --candidate.") from error
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise SourceError(f"Two submissions would be of {twice[0]}; name each with --candidate.")
    return codes


def _from_name(source: str) -> str:
    if source.startswith("https://"):
        source = source.partition("://")[2]
    path = source.rstrip("/")
    name = PurePosixPath(path).name
    return _ENDINGS.sub("", name.split("@")[0])
