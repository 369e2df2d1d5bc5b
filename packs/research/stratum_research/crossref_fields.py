"""The single fields of a Crossref work, each read with care for what members really deposit."""

from collections.abc import Iterator, Mapping
from typing import cast

from . import identity
from .errors import UnknownIdError
from .papers import read_moment
from .texts import even, plain

_RELATED_MAX = 50

# The relation types that join two records of the same work. Reviews, supplements, comments, translations and parts
# are other works. Source: https://www.crossref.org/documentation/schema-library/markup-guide-metadata-segments/relationships/
_SAME_WORK = (
    "is-preprint-of",
    "has-preprint",
    "is-manuscript-of",
    "has-manuscript",
    "is-version-of",
    "has-version",
    "is-identical-to",
)
_RETRACTIONS = {"retraction": "retracted", "withdrawal": "withdrawn", "removal": "withdrawn"}
_RETRACTED_TITLES = {"RETRACTED": "retracted", "RETRACTED ARTICLE": "retracted", "WITHDRAWN": "withdrawn"}

_MONTH_LAST = 12
_DAY_LAST = 31
_YEARS = range(1000, 3000)


def texts(fields: Mapping[str, object], *names: str) -> Iterator[str]:
    """Yield every text that is not blank under these names, in their order, from lists and from single values."""
    for name in names:
        value = fields.get(name)
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, str) and item.strip():
                yield item


def mappings(value: object) -> list[Mapping[str, object]]:
    """Return the objects in a JSON list; empty if the value is not a list."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, object]", item) for item in items if isinstance(item, dict)]


def author_names(fields: Mapping[str, object]) -> Iterator[str]:
    """Yield the authors' names in the order given; organisations by their one name."""
    for author in mappings(fields.get("author")):
        parts = [part for name in ("given", "family", "suffix") for part in texts(author, name)]
        yield plain(" ".join(parts or texts(author, "name")))


def date_of(fields: Mapping[str, object], *names: str) -> str:
    """Return the first date under these names, as precise as it is: ``2023``, ``2023-03`` or ``2023-03-14``.

    Crossref writes dates as ``{"date-parts": [[2023, 3]]}``, with one to three parts, or ``[[null]]`` for none.
    """
    for name in names:
        date = _date(fields.get(name))
        if date:
            return date
    return ""


def moment_of(fields: Mapping[str, object], *names: str) -> str:
    """Return the first full moment under these names (``date-time``), in RFC 3339."""
    for name in names:
        value = fields.get(name)
        moment = cast("dict[str, object]", value).get("date-time") if isinstance(value, dict) else None
        if isinstance(moment, str):
            read = read_moment(moment)
            if read is not None:
                return read
    return ""


def journal_reference(fields: Mapping[str, object]) -> str:
    """Return where the work appeared, such as ``PeerJ 10, e14276 (2022)``; empty if it names no container."""
    container = plain(next(texts(fields, "container-title", "short-container-title"), ""))
    if not container:
        return ""
    volume, issue = (next(texts(fields, name), "") for name in ("volume", "issue"))
    number = f"{volume}({issue})" if volume and issue else volume or issue
    page = next(texts(fields, "page", "article-number"), "")
    year = date_of(fields, "published", "published-print", "issued")[:4]
    place = ", ".join(part for part in (f"{container} {number}".strip(), page) if part)
    return even(place + (f" ({year})" if year else ""))


def retraction(fields: Mapping[str, object], title: str) -> str:
    """Return "retracted" or "withdrawn" if the record or its title says so of this work, else an empty text."""
    for update in mappings(fields.get("updated-by")):
        kind = update.get("type")
        if isinstance(kind, str) and kind in _RETRACTIONS:
            return _RETRACTIONS[kind]
    return _RETRACTED_TITLES.get(title.partition(":")[0].strip().upper(), "")


def same_work_keys(fields: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys of other records of this work that the record's relations name, at most fifty."""
    relation = fields.get("relation")
    if not isinstance(relation, dict):
        return ()
    relations = cast("dict[str, object]", relation)
    found: dict[str, None] = {}
    for kind in _SAME_WORK:
        for other in mappings(relations.get(kind)):
            if other.get("id-type") in {"doi", "arxiv"}:
                found.update((key, None) for raw in texts(other, "id") for key in _key(raw))
    return tuple(found)[:_RELATED_MAX]


def _key(raw: str) -> tuple[str, ...]:
    try:
        return (identity.work_id(raw).key,)
    except UnknownIdError:
        return ()


def _date(value: object) -> str:
    parts = cast("dict[str, object]", value).get("date-parts") if isinstance(value, dict) else None
    first: object = cast("list[object]", parts)[0] if isinstance(parts, list) and parts else None
    numbers = cast("list[object]", first) if isinstance(first, list) else []
    written: list[str] = []
    for number, allowed in zip(numbers, (_YEARS, range(1, _MONTH_LAST + 1), range(1, _DAY_LAST + 1)), strict=False):
        # A part that is no number or out of its range ends the date: what stands before it still holds.
        if not isinstance(number, int) or number not in allowed:
            break
        written.append(f"{number:04d}" if allowed is _YEARS else f"{number:02d}")
    return "-".join(written)
