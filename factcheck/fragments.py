"""The address of the very words: a quote as a text directive behind a page's address.

A browser that follows such a link scrolls to the words and marks them. The rules are those
of URL Fragment Text Directives (WICG, wicg.github.io/scroll-to-text-fragment):
`#:~:text=[prefix-,]start[,end][,-suffix]`. What is looked for may not reach from one block of
a page into the next, and must begin and end where words do.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_DELIMITER = ":~:"
# The specification's TextDirectiveExplicitChar beside letters and digits. The hyphen is none of them,
# though `quote` would leave it as it is.
_EXPLICIT = "!$'()*+./:;=?@_~"

# Longer words are told by how they begin and how they end.
LONGEST_EXACT = 300
# So much of a quote is seldom in a page twice …
_ENOUGH = 40
# … more of it makes the address long …
_AMPLE = 120
# … and a line as short as this may well be.
_TOO_SHORT = 12
_CONTEXT_PIECES = 4

# A word with the blank before it; where words are written without blanks, up to the end of a clause.
_PIECE = re.compile(r"\s*[^\s、。，．！？；：」』】）]*(?:[、。，．！？；：」』】）]+|(?=\s|$))")


def text_link(address: str, exact: str, prefix: str | None = None, suffix: str | None = None) -> str:
    """Give the address at which a browser shows these words.

    Args:
        address: of the page. A fragment of its own is kept, another text directive is replaced.
        exact: the words, as a TextQuoteSelector has them (W3C Web Annotation), and
        prefix, suffix: what stands before and after them, by which they are told from the same
            words elsewhere in the page.
    """
    lines = _lines(exact)
    # Where others tell more, a heading or an "and" on a line of its own is no place to begin.
    telling = [line for line in lines if len(line) > _TOO_SHORT] or lines
    first, last = telling[0], telling[-1]
    parts = [_written(first)]
    if len(telling) > 1 or len(first) > LONGEST_EXACT:
        parts = [_written(_beginning(first)), _written(_ending(last, _one_line(exact)))]
    before, after = _before(prefix) if first == lines[0] else "", _after(suffix) if last == lines[-1] else ""
    parts = [*([f"{_written(before)}-"] if before else []), *parts]
    parts += [f"-{_written(after)}"] if after else []
    page, _, fragment = address.partition("#")
    place, _, directives = fragment.partition(_DELIMITER)
    others = [each for each in directives.split("&") if each and not each.startswith("text=")]
    told = "&".join(["text=" + ",".join(parts), *others])
    return f"{page}#{place}{_DELIMITER}{told}"


def _lines(text: str) -> list[str]:
    return [_one_line(line) for line in text.split("\n") if line.strip()]


def _one_line(text: str) -> str:
    """Write blanks as a browser shows them: any number of any kind is one."""
    return " ".join(text.split())


def _beginning(line: str) -> str:
    """Take the first words, as many as are enough to find them by."""
    # What ends where the cut is may be longer, and is too long anyhow.
    ends = [piece.end() for piece in _PIECE.finditer(line[: _AMPLE + 1])]
    end = next((end for end in ends if end >= _ENOUGH), len(line))
    if end > _AMPLE:
        # Without blanks and clauses only characters are left to count.
        end = max((end for end in ends if end <= _AMPLE), default=_whole(line, _ENOUGH))
    return line[:end]


def _ending(line: str, quoted: str) -> str:
    """Take the last words, as many as are enough, and as do not stand earlier in the quote."""
    cut = max(0, len(line) - _AMPLE - 1)
    starts = [cut + piece.start() for piece in _PIECE.finditer(line[cut:]) if piece[0].strip()]
    endings = [line[start:].strip() for start in reversed(starts) if len(line) - start <= _AMPLE]
    endings = endings or [line[_whole(line, len(line) - _ENOUGH) :]]
    there = quoted.casefold()
    telling = (each for each in endings if len(each) >= _ENOUGH and there.count(each.casefold()) == 1)
    return next(telling, endings[-1])


def _before(prefix: str | None) -> str:
    """Take the words of a prefix that stand right before the quote, in the same block."""
    pieces = _pieces((_lines(prefix or "") or [""])[-1])
    return "".join(pieces[1:][-_CONTEXT_PIECES:] or pieces).strip()


def _after(suffix: str | None) -> str:
    """Take the words of a suffix that stand right after the quote, in the same block."""
    pieces = _pieces((_lines(suffix or "") or [""])[0])
    return "".join(pieces[:-1][:_CONTEXT_PIECES] or pieces).strip()


def _pieces(line: str) -> list[str]:
    """Split a line into words. Of those around a quote, the farthest was often cut in its middle."""
    return [piece[0] for piece in _PIECE.finditer(line) if piece[0].strip()]


def _whole(line: str, place: int) -> int:
    """Give the place, or the next one before which no character would be torn from its marks."""
    while place < len(line) and unicodedata.category(line[place]).startswith("M"):
        place += 1
    return place


def _written(text: str) -> str:
    return quote(text, safe=_EXPLICIT).replace("-", "%2D")
