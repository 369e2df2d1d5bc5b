"""Which work is this? Reads arXiv ids and DOIs in all their spellings into one *work key* each.

A work key is ``arxiv:<id without version>`` or ``doi:<lower-case DOI without version>``. Two texts name the same work
if, and only if, they give the same key.

Sources: the arXiv identifier schemes (https://info.arxiv.org/help/arxiv_identifier.html and
https://info.arxiv.org/help/arxiv_identifier_for_services.html), arXiv's DOIs
(https://info.arxiv.org/help/doi.html), and the DOI Handbook on case (https://www.doi.org/doi-handbook/).
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

from .errors import UnknownIdError

_LENGTH_MAX = 2048

_ARXIV_PLACE = re.compile(
    r"^(?:https?://)?(?:[a-z-]+\.)?arxiv\.org/(?:abs|pdf|html|format|e-print|src|ps)/|^arxiv:\s*|^10\.48550/arxiv\.",
    re.IGNORECASE,
)
_ARXIV_TAIL = re.compile(r"(?:[?#].*|/|\.pdf)$", re.IGNORECASE)
_NEW_STYLE = re.compile(r"^(\d{2})(\d{2})\.(\d{4,5})(?:v([1-9]\d{0,3}))?$", re.ASCII | re.IGNORECASE)
_OLD_STYLE = re.compile(
    r"^([a-z]+(?:-[a-z]+)*)(?:\.[a-z-]+)?/(\d{2})(\d{2})(\d{3})(?:v([1-9]\d{0,3}))?$", re.ASCII | re.IGNORECASE
)

_DOI_PLACE = re.compile(r"^(?:https?://)?(?:www\.|dx\.)?doi\.org/|^doi:\s*|^info:doi/", re.IGNORECASE)
_DOI = re.compile(r"^10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+$")
_ARXIV_DOI = "10.48550/arxiv."

# Some preprint servers give every version a DOI of its own. Their suffix is the version, the rest names the work.
_VERSIONED_DOIS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"^(10\.21203/rs\.\d+\.rs-\d+)/v([1-9]\d*)$",  # Research Square
        r"^(10\.20944/preprints\d{6}\.\d+)\.v([1-9]\d*)$",  # Preprints.org
        r"^(10\.26434/chemrxiv-[\w-]+)-v([1-9]\d*)$",  # ChemRxiv
        r"^(10\.7287/peerj\.preprints\.\d+)v([1-9]\d*)$",  # PeerJ Preprints
    )
)

# An identifier with a four-digit serial belongs to the months up to 2014-12, one with five digits to those after.
_FIVE_DIGITS_FROM_YYMM = 1501
_NEW_STYLE_FROM_YYMM = 704
_OLD_STYLE_FROM_YEAR = 1991
_MONTHS = range(1, 13)


class WorkId(NamedTuple):
    """One work, and which version of it was named.

    ``key`` is the work key; ``version`` counts from 1 and is None where the text named no version.
    """

    key: str
    version: int | None


def arxiv_id(text: str) -> WorkId:
    """Read an arXiv id from an id, an ``arXiv:`` reference, an arxiv.org address or an arXiv DOI.

    Old-style ids lose their subject class (``math.GT/0309136`` is ``arxiv:math/0309136``), as arXiv itself prefers.
    New-style serials get the number of digits of their month.

    Raises:
        UnknownIdError: the text is not an arXiv id of either scheme.

    """
    trimmed = text.strip()
    if len(trimmed) <= _LENGTH_MAX:
        bare = _DOI_PLACE.sub("", trimmed, count=1)
        bare = _ARXIV_TAIL.sub("", _ARXIV_PLACE.sub("", bare, count=1))
        found = _new_style(bare) or _old_style(bare)
        if found is not None:
            return found
    message = f"{_shown(text)} is not an arXiv id. Expected a form such as 2202.12139v1 or astro-ph/0601001v1."
    raise UnknownIdError(message)


def doi(text: str) -> WorkId:
    """Read a DOI from a DOI, a ``doi:`` reference or a doi.org address; arXiv's own DOIs give the arXiv key.

    DOIs are compared without regard to the case of ASCII letters, so the key has them in lower case. A version that
    a preprint server wrote into the DOI is split off.

    Raises:
        UnknownIdError: the text is not a DOI.

    """
    bare = plain_doi(text)
    if bare.startswith(_ARXIV_DOI):
        return arxiv_id(bare)
    for pattern in _VERSIONED_DOIS:
        versioned = pattern.match(bare)
        if versioned is not None:
            return WorkId(f"doi:{versioned[1]}", int(versioned[2]))
    return WorkId(f"doi:{bare}", None)


def plain_doi(text: str) -> str:
    """Return a DOI as it was registered, version and all, in lower case and without a prefix.

    Raises:
        UnknownIdError: the text is not a DOI.

    """
    trimmed = text.strip()
    bare = _DOI_PLACE.sub("", trimmed, count=1)
    if "://" in trimmed[:8]:
        # Only addresses are percent-encoded; in a bare DOI a percent sign is an ordinary character.
        bare = unquote(bare)
    bare = _ascii_lower(bare)
    if len(bare) > _LENGTH_MAX or _DOI.match(bare) is None:
        message = f"{_shown(text)} is not a DOI. Expected a form such as 10.1109/ICSTW55395.2022.00035."
        raise UnknownIdError(message)
    return bare


def work_id(text: str) -> WorkId:
    """Read an arXiv id or a DOI, whichever the text is.

    Raises:
        UnknownIdError: it is neither.

    """
    for read in (arxiv_id, doi):
        try:
            return read(text)
        except UnknownIdError:
            continue
    message = (
        f"{_shown(text)} is neither an arXiv id nor a DOI. Expected a form such as 2202.12139v1, astro-ph/0601001v1 or "
        "10.1109/ICSTW55395.2022.00035."
    )
    raise UnknownIdError(message)


def _new_style(bare: str) -> WorkId | None:
    match = _NEW_STYLE.match(bare)
    if match is None:
        return None
    year_month, serial = int(match[1] + match[2]), int(match[3])
    digits = 5 if year_month >= _FIVE_DIGITS_FROM_YYMM else 4
    known_month = int(match[2]) in _MONTHS and year_month >= _NEW_STYLE_FROM_YYMM
    if not known_month or not 0 < serial < 10**digits:
        return None
    return WorkId(f"arxiv:{match[1]}{match[2]}.{serial:0{digits}d}", _version(match[4]))


def _old_style(bare: str) -> WorkId | None:
    match = _OLD_STYLE.match(bare)
    if match is None:
        return None
    year = 1900 + int(match[2]) if int(match[2]) >= _OLD_STYLE_FROM_YEAR - 1900 else 2000 + int(match[2])
    before_new_style = (year - 2000) * 100 + int(match[3]) < _NEW_STYLE_FROM_YYMM
    if int(match[3]) not in _MONTHS or not before_new_style or int(match[4]) == 0:
        return None
    return WorkId(f"arxiv:{match[1].lower()}/{match[2]}{match[3]}{match[4]}", _version(match[5]))


def _version(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def _ascii_lower(text: str) -> str:
    # Only ASCII letters are equal without regard to case in a DOI; str.lower would also fold others.
    return re.sub("[A-Z]+", lambda letters: letters[0].lower(), text)


def _shown(text: str) -> str:
    shown_max = 80
    return repr(text if len(text) <= shown_max else text[:shown_max] + "…")
