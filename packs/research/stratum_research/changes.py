"""Says what changed between two versions of a paper, as far as a feed's record shows it."""

from collections.abc import Iterator, Sequence

from .papers import Paper
from .sentences import split_sentences

_SENTENCES_SHOWN_MAX = 3
_NAMES_SHOWN_MAX = 5


def describe_changes(before: Paper, after: Paper) -> tuple[str, ...]:
    """Return one plain sentence per change that a reader would want to know; empty if the records say the same."""
    return tuple(_changes(before, after))


def _changes(before: Paper, after: Paper) -> Iterator[str]:
    if after.notice and not before.notice:
        yield f"The paper is now marked as {after.notice}."
    if before.title != after.title:
        yield f"The title was “{before.title}”."
    yield from _author_changes(before.authors, after.authors)
    yield from _abstract_changes(before.abstract, after.abstract)
    if after.comment and before.comment != after.comment:
        yield f"The authors' comment is now “{after.comment}”."
    if after.journal_ref and before.journal_ref != after.journal_ref:
        yield f"It has appeared in {after.journal_ref}."
    if after.doi and before.doi != after.doi:
        yield f"Its DOI is now {after.doi}."


def _author_changes(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for label, names in (
        ("New among the authors", [name for name in after if name not in before]),
        ("No longer among the authors", [name for name in before if name not in after]),
    ):
        if names:
            more = len(names) - _NAMES_SHOWN_MAX
            shown = ", ".join(names[:_NAMES_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
            yield f"{label}: {shown}."


def _abstract_changes(before: str, after: str) -> Iterator[str]:
    old, new = split_sentences(before), split_sentences(after)
    added = [sentence for sentence in new if sentence not in old]
    dropped = sum(sentence not in new for sentence in old)
    if added or dropped:
        gone = (
            f"; {dropped} of the earlier {_sentences(len(old))} {'is' if dropped == 1 else 'are'} gone"
            if dropped
            else ""
        )
        yield f"The abstract has {len(added)} new or reworded {_sentences(len(added))}{gone}."
    for sentence in added[:_SENTENCES_SHOWN_MAX]:
        yield f"New in the abstract: “{sentence}”"


def _sentences(count: int) -> str:
    return "sentence" if count == 1 else "sentences"
