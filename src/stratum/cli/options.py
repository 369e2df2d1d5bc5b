"""The options that many commands share."""

import shlex
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from cyclopts import Parameter

from stratum.kernel.settings import STORE, setting
from stratum.kernel.tenant import DEFAULT_TENANT

DEFAULT_STORE = "sqlite:///stratum.db"


def flag(text: str) -> Parameter:
    """Return how an option is declared that is given or not, and takes no value."""
    return Parameter(help=text, negative=(), show_default=False)


Store = Annotated[
    str | None,
    Parameter(
        help="sqlite:///file.db or postgresql://user@host/name; by default STRATUM_STORE, "
        f"and where that is not set {DEFAULT_STORE}."
    ),
]
Json = Annotated[bool, flag("Print JSON for programs.")]
RunId = Annotated[str, Parameter(help="The run's id; see `stratum runs`.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which store, and whose runs in it."""

    store: Store = None
    tenant: Annotated[str, Parameter(help="Whose runs.")] = DEFAULT_TENANT

    @property
    def url(self) -> str:
        """The store's URL."""
        return self.store or setting(STORE, DEFAULT_STORE)

    @property
    def shown_url(self) -> str:
        """The store's URL without its password, to be shown."""
        return without_password(self.url)

    def command(self, *words: str) -> str:
        """Return the command line that does ``words`` in the same place, to be suggested."""
        flags: list[str] = []
        if self.store is not None and self.store != setting(STORE, DEFAULT_STORE):
            flags += ["--store", self.store if without_password(self.store) == self.store else "URL"]
        if self.tenant != DEFAULT_TENANT:
            flags += ["--tenant", self.tenant]
        return shlex.join(["stratum", *words, *flags])


HERE = Place()
"""The default place."""


def without_password(url: str) -> str:
    """Return a URL that can be shown and logged."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    account, at, host = parts.netloc.rpartition("@")
    user, colon, _ = account.partition(":")
    return urlunsplit(parts._replace(netloc=f"{user}:***{at}{host}")) if colon else url
