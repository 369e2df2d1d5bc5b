"""Turns the raw fields of one feed entry into a paper, noting each doubt instead of losing the entry.

An entry is skipped only if the work cannot be told: everything else is kept, and what is odd is reported.
"""

from collections.abc import Iterable

from pydantic import ValidationError

from . import identity
from .errors import UnknownIdError
from .papers import Paper
from .polls import Problem
from .texts import even, looks_twice_encoded

TITLE_MAX = 2_000
"""Characters of a title that are kept."""
TEXT_MAX = 50_000
"""Characters of an abstract, comment or journal reference that are kept."""
LIST_MAX = 10_000
"""Authors or categories that are kept; the largest collaborations have about 5,000 authors."""

NO_TITLE = "(no title)"


class Entry:
    """Collects the doubts about one entry while its fields are read."""

    def __init__(self, position: int, raw_id: str, *, line: int | None = None) -> None:
        self._position = position
        self._line = line
        self._raw_id = even(raw_id)[:200]
        self._doubts: list[str] = []

    def doubt(self, what: str) -> None:
        """Note something odd."""
        self._doubts.append(what)

    def text(self, field: str, value: str, *, longest: int = TEXT_MAX) -> str:
        """Return the text on one line and within its bound."""
        tidy = even(value)
        if looks_twice_encoded(tidy):
            self.doubt(f"the {field} looks as if its encoding was mixed up")
        if len(tidy) > longest:
            self.doubt(f"the {field} has {len(tidy)} characters; the first {longest} are kept")
            tidy = tidy[:longest].rstrip()
        return tidy

    def title(self, value: str) -> str:
        """Return the title, or a stand-in that says there is none."""
        tidy = self.text("title", value, longest=TITLE_MAX)
        if not tidy.strip():
            self.doubt("it has no title")
            return NO_TITLE
        return tidy

    def texts(self, field: str, values: Iterable[str]) -> tuple[str, ...]:
        """Return the texts that are not empty, within the bound on their number."""
        tidy = [text for value in values if (text := even(value))]
        if any(looks_twice_encoded(text) for text in tidy):
            self.doubt(f"the {field} look as if their encoding was mixed up")
        if len(tidy) > LIST_MAX:
            self.doubt(f"it has {len(tidy)} {field}; the first {LIST_MAX} are kept")
        return tuple(text[:TITLE_MAX] for text in tidy[:LIST_MAX])

    def dois(self, values: Iterable[str]) -> tuple[str, ...]:
        """Return the DOIs in lower case without prefixes; arXiv's own DOIs are left out, as they say nothing new."""
        found: dict[str, None] = {}
        for value in values:
            try:
                if identity.doi(value).key.startswith("doi:"):
                    found[identity.plain_doi(value)] = None
            except UnknownIdError:
                self.doubt(f"its DOI {even(value)[:80]!r} is not one")
        return tuple(found)

    def paper(self, **fields: object) -> tuple[Paper | None, tuple[Problem, ...]]:
        """Return the paper, or None if its fields do not make one, and the problems of this entry."""
        try:
            paper = Paper.model_validate(fields)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return self.unusable(f"{where or 'it'}: {first['msg']}")
        return paper, tuple(self._problem(doubt, work_key=paper.work_key, skipped=False) for doubt in self._doubts)

    def unusable(self, why: str) -> tuple[None, tuple[Problem, ...]]:
        """Return the problem of an entry that gives no paper."""
        return None, (self._problem(why, skipped=True),)

    def _problem(self, what: str, *, skipped: bool, work_key: str = "") -> Problem:
        return Problem(
            position=self._position, line=self._line, entry=self._raw_id, work_key=work_key, what=what, skipped=skipped
        )
