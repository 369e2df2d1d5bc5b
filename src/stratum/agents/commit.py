"""One commit: what a run's step records, and what other capabilities keep of it, in one transaction.

``runs`` appends the journal. Its fences are checked first, for all runs of the batch at once; then each part runs for
those whose fence held. Siblings meet here and nowhere else.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from stratum.memory import settle
from stratum.runs import ENDED, Append, Commit, Done, PartItem, Status, append_each
from stratum.store import Store, Tx


def commit_each(tx: Tx, appends: list[Append]) -> list[int | BaseException]:
    """Append to each run, with the parts of those whose fence held; return new heads or errors."""
    answers = append_each(tx, appends)
    held = [
        append for append, answer in zip(appends, answers, strict=True) if answer == append.head + len(append.events)
    ]
    by_function: defaultdict[Callable[[Tx, Sequence[PartItem]], None], list[PartItem]] = defaultdict(list)
    for append in held:
        for part in append.parts:
            by_function[part.function].append(PartItem(append.fence.tenant, append.fence.run_id, part.payload))
    for function in sorted(by_function, key=lambda function: (function.__module__, function.__qualname__)):
        function(tx, by_function[function])
    released = [(append.fence, append.release.status) for append in held if append.release is not None]
    ended = [(fence, status) for fence, status in released if status in ENDED]
    if ended:
        done = [(fence.tenant, fence.run_id) for fence, status in ended if status is Status.DONE]
        settle(tx, done, [(fence.tenant, fence.run_id) for fence, status in ended if status is not Status.DONE])
    return answers


def committing(store: Store) -> Commit:
    """Return how workers of a store commit."""

    def commit(append: Append, done: Done, /) -> None:
        store.submit_each(commit_each, append, done, tenants=(append.fence.tenant,))

    return commit
