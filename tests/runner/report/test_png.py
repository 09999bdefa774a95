from __future__ import annotations

import base64

import pytest
import report_parts as parts

from runner.report.png import MAX_BYTES, PictureError, read_png


def test_png_is_rebuilt_without_its_comment() -> None:
    picture = read_png(parts.encode(parts.png(64, 40)))
    content = base64.b64decode(picture.address.removeprefix("data:image/png;base64,"))
    assert (picture.width, picture.height) == (64, 40)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert b"script" not in content
    assert read_png(parts.encode(content)).address == picture.address


def test_what_follows_the_end_is_dropped() -> None:
    picture = read_png(parts.encode(parts.png(64, 40) + b"<script>"))
    assert picture.address == read_png(parts.encode(parts.png(64, 40))).address


def test_bad_pictures_are_refused_with_the_reason() -> None:
    good = parts.png(64, 40)
    cases = {
        '" onload="alert(1)': "not base64",
        parts.encode(good) + "\n": "not base64",
        "é": "not base64",
        parts.encode(b"GIF89a" + good): "no PNG signature",
        parts.encode(b"<svg onload=alert(1)>"): "no PNG signature",
        parts.encode(good[:40]): "damaged|cut off",
        parts.encode(good[:8]): "cut off",
        parts.encode(good.replace(b"Comment", b"Comm3nt")): "damaged",
        parts.encode(good[:8] + parts.chunk(b"IEND", b"")): "does not begin with the size",
        parts.encode(parts.png(64, 40, claimed=(4001, 40))): "4001x40; at most 4000x4000",
        parts.encode(parts.png(64, 40, claimed=(0, 40))): "0x40",
        parts.encode(b"\0" * (MAX_BYTES + 1)): "larger than 1 MiB",
        "A" * (MAX_BYTES * 2): "larger than 1 MiB",
        "": "no PNG signature",
    }
    for text, reason in cases.items():
        with pytest.raises(PictureError, match=reason):
            read_png(text)
