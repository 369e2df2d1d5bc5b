"""Memory as a run sees it: what it remembers commits together with the step that remembers it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from stratum.kernel.codec import decode, encode, fingerprint
from stratum.kernel.errors import InvalidInput
from stratum.memory import WorkTaken, Works, claim, finish, known_to_others
from stratum.runs import Call, Execution, Kind, Part, PartItem, StepCall
from stratum.store import Store, Tx

T = TypeVar("T")
Keys = str | Sequence[str]

_CLAIM_TRIES = 100
KEYS_MAX = 10_000


class RunMemory:
    """What one run remembers, and asks to be remembered."""

    def __init__(self, execution: Execution, store: Store) -> None:
        self._execution = execution
        self._store = store

    def unseen(self, kind: str, items: Sequence[T], *, key: Callable[[T], Keys]) -> StepCall[list[T]]:
        """Return the items that no run has done or claimed, and claim them for this run.

        ``key`` names the work: one key, or several that name the same work (a paper's arXiv id and its DOI). A claim
        is done when a step given ``done=`` commits or when the run is done, and free again if the run fails or is
        cancelled. Of two items with a key in common the first counts.

        Raises:
            InvalidInput: there are more than 10,000 keys.
        """
        named = [_keys_of(key(item)) for item in items]
        call = self._execution.enter(f"unseen {kind}", fingerprint(named))

        async def run() -> list[T]:
            closing = call.closing
            if closing is not None:
                await self._execution.recorded(closing)
                body = closing.body
            else:
                await self._execution.ready()
                body = await self._claim(kind, named, call)
            numbers = decode(body)
            return [items[int(str(number))] for number in numbers] if isinstance(numbers, list) else []

        return StepCall(self._execution, call.key, run)

    async def _claim(self, kind: str, named: list[tuple[str, ...]], call: Call) -> str:
        fence = self._execution.run.fence
        every = tuple(dict.fromkeys(key for keys in named for key in keys))
        if len(every) > KEYS_MAX:
            message = f"unseen({kind!r}) was given {len(every):,} keys; the most is {KEYS_MAX:,}. Ask in parts."
            raise InvalidInput(message)
        for _ in range(_CLAIM_TRIES):
            works = Works(fence.tenant, fence.run_id, kind, every)
            known = await self._store.read(known_to_others, works, tenants=(fence.tenant,))
            free = _free(named, known)
            keys = tuple(key for number in free for key in named[number])
            body = encode(free)
            part = Part(claim_part, works._replace(keys=keys)) if keys else None
            try:
                await self._execution.journal.write(call.draft(Kind.STEP, body), part=part)
            except WorkTaken:
                continue
            return body
        message = f"unseen({kind!r}) lost {_CLAIM_TRIES} races against other runs."
        raise WorkTaken(message)


def claim_part(tx: Tx, items: Sequence[PartItem]) -> None:
    """Claim, in the commit of the step that asked."""
    claim(tx, [item.payload for item in items])


def finish_part(tx: Tx, items: Sequence[PartItem]) -> None:
    """Note as done, in the commit of the step that did it."""
    finish(tx, [item.payload for item in items])


def finishing(execution: Execution, done: tuple[str, Keys] | None) -> Part | None:
    """Return the part that notes ``(kind, keys)`` as done with a step's result."""
    if done is None:
        return None
    kind, keys = done
    fence = execution.run.fence
    return Part(finish_part, Works(fence.tenant, fence.run_id, kind, _keys_of(keys)))


def _keys_of(keys: Keys) -> tuple[str, ...]:
    return (keys,) if isinstance(keys, str) else tuple(keys)


def _free(named: list[tuple[str, ...]], known: set[str]) -> list[int]:
    """Return the numbers of the items none of whose keys is known, the first of those that share a key."""
    taken = set(known)
    free: list[int] = []
    for number, keys in enumerate(named):
        if taken.isdisjoint(keys):
            free.append(number)
        taken.update(keys)
    return free
