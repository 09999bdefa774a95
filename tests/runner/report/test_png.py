from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from runner.report.png import MAX_BYTES, PictureError, read_png

if TYPE_CHECKING:
    from types import ModuleType


def test_png_is_rebuilt_without_its_comment(samples: ModuleType) -> None:
    picture = read_png(samples.encode(samples.png(64, 40)))
    content = base64.b64decode(picture.address.removeprefix("data:image/png;base64,"))
    assert (picture.width, picture.height) == (64, 40)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert b"script" not in content
    assert read_png(samples.encode(content)).address == picture.address


def test_what_follows_the_end_is_dropped(samples: ModuleType) -> None:
    picture = read_png(samples.encode(samples.png(64, 40) + b"<script>"))
    assert picture.address == read_png(samples.encode(samples.png(64, 40))).address


def test_bad_pictures_are_refused_with_the_reason(samples: ModuleType) -> None:
    good = samples.png(64, 40)
    cases = {
        '" onload="alert(1)': "not base64",
        samples.encode(good) + "\n": "not base64",
        "é": "not base64",
        samples.encode(b"GIF89a" + good): "no PNG signature",
        samples.encode(b"<svg onload=alert(1)>"): "no PNG signature",
        samples.encode(good[:40]): "damaged|cut off",
        samples.encode(good[:8]): "cut off",
        samples.encode(good.replace(b"Comment", b"Comm3nt")): "damaged",
        samples.encode(good[:8] + samples.chunk(b"IEND", b"")): "does not begin with the size",
        samples.encode(samples.png(64, 40, claimed=(4001, 40))): "4001x40; at most 4000x4000",
        samples.encode(samples.png(64, 40, claimed=(0, 40))): "0x40",
        samples.encode(b"\0" * (MAX_BYTES + 1)): "larger than 1 MiB",
        "A" * (MAX_BYTES * 2): "larger than 1 MiB",
        "": "no PNG signature",
    }
    for text, reason in cases.items():
        with pytest.raises(PictureError, match=reason):
            read_png(text)
