"""One answer of a feed: the papers it lists, and what was odd about it."""

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from .papers import IsoDate, Paper, Source


class Problem(BaseModel):
    """Something odd about one entry of a feed.

    ``position`` is the entry's number in the feed from 1, ``line`` its line in the file where that is known,
    ``entry`` the id as the feed wrote it, and ``work_key`` the paper that was kept. A skipped entry gave no paper.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: PositiveInt
    line: PositiveInt | None = None
    entry: str = ""
    work_key: str = ""
    what: str
    skipped: bool


class Poll(BaseModel):
    """What one poll returned.

    ``name`` is the file or address it came from, ``title`` the feed's own title and ``topic`` what the feed says was
    asked for. ``entries`` counts everything the feed listed, skipped entries included; ``total`` is how many results
    the service says there are in all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: Source
    title: str = ""
    topic: str = ""
    updated: IsoDate = ""
    entries: NonNegativeInt = 0
    total: NonNegativeInt | None = None
    papers: tuple[Paper, ...] = ()
    problems: tuple[Problem, ...] = ()
