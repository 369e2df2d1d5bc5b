"""What can go wrong while papers are fetched, read and written up.

Every message says what happened, to which file or address, and what to do next.

    ResearchError
    ├── UnknownIdError       a text is not an arXiv id or a DOI
    ├── SourceError          the place that polls come from is missing, empty or unreadable
    ├── FeedError            the bytes of a poll cannot be read as a feed
    │   └── FeedRefusedError the service answered, and its answer is an error
    ├── FetchError           the service did not give an answer that can be used
    └── BriefError           a brief cannot be made or written
"""

from stratum import Disposition, StratumError


class ResearchError(StratumError):
    """The root of the research pack's errors. Trying again does not help, unless a subclass says so."""

    code = "research"


class UnknownIdError(ResearchError, ValueError):
    """A text is neither an arXiv id nor a DOI."""

    code = "research.unknown_id"


class SourceError(ResearchError):
    """The place that polls come from is missing, empty or unreadable."""

    code = "research.source"


class FeedError(ResearchError):
    """The bytes of a poll cannot be read as a feed.

    ``name`` is the file or address, ``line`` and ``column`` (both from 1) the place in it where that is known.
    """

    code = "research.feed"

    def __init__(self, name: str, what: str, *, todo: str, line: int | None = None, column: int | None = None) -> None:
        place = "" if line is None else f", line {line}" + ("" if column is None else f", column {column}")
        super().__init__(f"{name}{place}: {what}. {todo}.")
        self.name = name
        self.line = line
        self.column = column


class FeedRefusedError(FeedError):
    """The service understood the request and refused it; its own words are in the message."""

    code = "research.feed_refused"


class FetchError(ResearchError):
    """The service did not give an answer that can be used.

    ``status`` is the HTTP status, or None where there was no answer. ``retry_after_s`` is how many seconds the
    service asked to be left alone, where it said so. ``retryable`` is True for time-outs, lost connections, and the
    statuses 408, 425, 429 and 5xx. ``body`` is the beginning of what came with an error status.
    """

    code = "research.fetch"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        # What a step that fetches does about it: retry no sooner than the service asks for, or fail at once.
        self.disposition = Disposition.RETRY if retryable else Disposition.STOP
        self.retry_after_ms = int((retry_after_s or 0) * 1000)
        self.body = body


class BriefError(ResearchError):
    """A brief cannot be made or written."""

    code = "research.brief"
