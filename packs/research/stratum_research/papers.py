"""A paper as a feed described it, and every key that names the work it belongs to."""

import re
from datetime import datetime
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from .identity import doi as read_doi

Source = Literal["arxiv", "crossref"]

_ISO_DATE = (
    r"^$|^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?$"
)

IsoDate = Annotated[str, Field(pattern=_ISO_DATE)]
"""An ISO 8601 date at the precision the source gave: ``2023``, ``2023-03``, a day, or a moment. Empty: not given."""

WorkKey = Annotated[str, Field(pattern=r"^(arxiv|doi):\S+$", max_length=2200)]
"""The name of a work without its version; see `stratum_research.identity`."""


class Paper(BaseModel):
    """One version of one work.

    Texts are as the feed has them, with white space evened out; an empty text or tuple means the feed gave none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    work_key: WorkKey
    source: Source
    version: PositiveInt = 1
    title: str = Field(min_length=1)
    abstract: str = ""
    authors: tuple[str, ...] = ()
    published: IsoDate = ""
    updated: IsoDate = ""
    categories: tuple[str, ...] = ()
    doi: str = Field(default="", pattern=r"^$|^10\.[0-9]{4,9}(\.[0-9]+)*/\S+$")
    """The DOI of this record or of the published work, lower case, without a prefix; never an arXiv DOI."""
    url: str = ""
    journal_ref: str = ""
    comment: str = ""
    notice: str = ""
    """"withdrawn" or "retracted" where the feed says so."""
    also_known_as: tuple[WorkKey, ...] = ()
    """Further keys under which the feed says the same work is known, such as that of its preprint."""

    @model_validator(mode="after")
    def _key_fits_source(self) -> Self:
        if self.source == "arxiv" and not self.work_key.startswith("arxiv:"):
            message = f"an arXiv paper needs an arxiv: key, not {self.work_key!r}"
            raise ValueError(message)
        return self

    @property
    def bare_id(self) -> str:
        """The id without its version: ``2202.12139``, ``astro-ph/0601001`` or a DOI."""
        return self.work_key.partition(":")[2]

    @property
    def versioned_id(self) -> str:
        """The id as it is cited: ``2202.12139v1``, ``astro-ph/0601001v1``, or the DOI of this very record."""
        if self.source == "arxiv":
            return f"{self.bare_id}v{self.version}"
        return self.doi or self.bare_id


def work_keys(paper: Paper) -> tuple[str, ...]:
    """Return every key that names this paper's work, without repeats, its own key first.

    A paper is the same work as another one if they share a key.
    """
    own_doi = (read_doi(paper.doi).key,) if paper.doi else ()
    return tuple(dict.fromkeys((paper.work_key, *own_doi, *paper.also_known_as)))


def page_url(work_key: str, *, version: int | None = None) -> str:
    """Return the address of a work's page at arxiv.org or doi.org; ``version`` counts for arXiv only.

    Addresses are built from the checked key and never taken from a feed, so that a feed cannot plant a link.
    """
    scheme, _, bare = work_key.partition(":")
    safe = quote(bare, safe="/:;().")
    if scheme == "arxiv":
        return f"https://arxiv.org/abs/{safe}" + ("" if version is None else f"v{version}")
    return f"https://doi.org/{safe}"


def read_moment(text: str) -> str | None:
    """Return a moment or day in ISO 8601 as it is written, rewritten only if its form is an unusual one.

    None if the text is not a date that exists.
    """
    tidy = text.strip()
    try:
        written = datetime.fromisoformat(tidy).isoformat()
    except ValueError:
        return None
    return next((form for form in (tidy, written) if form and re.match(_ISO_DATE, form)), None)


_WITHDRAWN = re.compile(
    r"^\W*(?:(?:paper|article|manuscript|submission)\s+)?(?:(?:has been|is|was)\s+)?(withdrawn|retracted)\b"
    r"|\bthis\s+(?:paper|article|manuscript|submission|preprint|e-?print|work|version)\s+(?:\([^()]{0,80}\)\s+)?"
    r"(?:has\s+been|is|was)\s+(?:being\s+)?(withdrawn|retracted)\b",
    re.IGNORECASE,
)


def notice_in(*texts: str) -> str:
    """Return "withdrawn" or "retracted" if one of the texts says so of the paper itself, else an empty text.

    arXiv has no field for it: by custom the comment or the abstract of a withdrawn paper says it in words.
    """
    for text in texts:
        found = _WITHDRAWN.search(text)
        if found is not None:
            return (found[1] or found[2]).lower()
    return ""
