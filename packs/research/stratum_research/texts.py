"""Evens out texts that come from feeds, without changing what they say."""

import html
import re

# No-break spaces and C1 controls are left alone: in a text whose encoding was mixed up they are halves of letters.
_GAPS = re.compile(r"[\x00-\x20\x7f\u2028\u2029]+")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")

# Tags that Crossref members put into titles and abstracts: anything of JATS or MathML, and HTML's common ones. Other
# uses of "<" (as in "a<b and c>d") are text and stay.
_TAG = re.compile(
    r"</?(?P<name>(?:jats|mml):[\w-]+|p|br|div|ul|ol|li|i|b|em|strong|sub|sup|scp|sc|tt|u|span|inf|italic|bold|a)"
    r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*/?>""",
    re.IGNORECASE,
)
_HEADING = re.compile(r"<jats:title>\s*(?:abstract|summary)\s*</jats:title>", re.IGNORECASE)
_SECTION_MARK = re.compile(r"<!\[CDATA\[|\]\]>")
_SEPARATING = frozenset({"p", "br", "div", "ul", "ol", "li", "jats:p", "jats:sec", "jats:title", "jats:list-item"})

# A byte of UTF-8 that was read as Latin-1 or Windows-1252 gives a letter from Â to ô and one to three odd signs.
_TWICE_ENCODED = re.compile(r"[\u00c2-\u00f4][^\x00-\x7f]{1,3}")


def even(text: str) -> str:
    """Return the text on one line: runs of spaces, line breaks and control characters become one space.

    Half characters (lone surrogates, which JSON can smuggle in and no file can hold) become U+FFFD.
    """
    return _LONE_SURROGATES.sub("\ufffd", _GAPS.sub(" ", text)).strip(" ")


def plain(markup: str) -> str:
    """Return the text of a JATS or HTML fragment on one line: tags gone, entities resolved once.

    The heading "Abstract" that publishers put before an abstract is left out. Crossref's format of abstracts is JATS
    (https://www.crossref.org/documentation/schema-library/markup-guide-metadata-segments/abstracts/).
    """
    without_heading = _HEADING.sub(" ", _SECTION_MARK.sub("", _without_comments(markup)))
    return even(html.unescape(_TAG.sub(_gap, without_heading)))


def looks_twice_encoded(text: str) -> bool:
    """Tell whether a text seems to be UTF-8 that was once read as Latin-1 or Windows-1252 ("JosÃ©" for "José").

    Such texts are reported and not mended: only the source can say what it meant.
    """
    return any(_mends(match[0]) for match in _TWICE_ENCODED.finditer(text))


def _mends(run: str) -> bool:
    for length in range(2, len(run) + 1):
        for codec in ("latin-1", "cp1252"):
            try:
                run[:length].encode(codec).decode("utf-8")
            except UnicodeError:
                continue
            return True
    return False


def _without_comments(markup: str) -> str:
    # Not a regular expression: many openings without an end would make it look through the rest for each of them.
    kept: list[str] = []
    start = 0
    while (opening := markup.find("<!--", start)) >= 0 and (end := markup.find("-->", opening)) >= 0:
        kept.append(markup[start:opening])
        start = end + len("-->")
    return "".join([*kept, markup[start:]])


def _gap(tag: re.Match[str]) -> str:
    return " " if tag["name"].lower() in _SEPARATING else ""
