"""Memory as a run sees it: what it remembers commits together with the step that remembers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from stratum.kernel.codec import decode, encode, fingerprint
from stratum.kernel.errors import InvalidInput
from stratum.memory import Works, WorkTaken, claim, finish, known_to_others, look_up
from stratum.runs import Call, Execution, Kind, Part, PartItem, StepCall
from stratum.store import Store, Tx

T = TypeVar("T")
Keys = str | Sequence[str]

_CLAIM_TRIES = 100
KEYS_MAX = 10_000
DETAIL_CHARS_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Done:
    """Work that a step does: it is noted as done in the commit of the step's result."""

    kind: str
    keys: Keys
    """One key, or all the keys that name this work."""
    detail: object = None
    """What to find again under each key, as JSON; at most 64 KiB."""


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

    def known(self, kind: str, keys: Sequence[str]) -> StepCall[dict[str, Any]]:
        """Return the detail of each key whose work is done, by key; what is not done is not in it.

        Raises:
            InvalidInput: there are more than 10,000 keys.
        """
        call = self._execution.enter(f"known {kind}", fingerprint(list(keys)))

        async def run() -> dict[str, Any]:
            closing = call.closing
            if closing is not None:
                await self._execution.recorded(closing)
                body = closing.body
            else:
                await self._execution.ready()
                _check_count(kind, keys)
                tenant = self._execution.run.fence.tenant
                found = await self._store.read(look_up, tenant, kind, tuple(dict.fromkeys(keys)), tenants=(tenant,))
                done = {work.work_key: work.detail for work in found if work.state == "done"}
                body = encode({key: None if detail is None else decode(detail) for key, detail in done.items()})
                await self._execution.journal.write(call.draft(Kind.STEP, body))
            known = decode(body)
            return known if isinstance(known, dict) else {}

        return StepCall(self._execution, call.key, run)

    async def _claim(self, kind: str, named: list[tuple[str, ...]], call: Call) -> str:
        fence = self._execution.run.fence
        every = tuple(dict.fromkeys(key for keys in named for key in keys))
        _check_count(kind, every)
        for _ in range(_CLAIM_TRIES):
            works = Works(fence.tenant, fence.run_id, kind, every)
            known = await self._store.read(known_to_others, works, tenants=(fence.tenant,))
            free = _free(named, known)
            keys = tuple(key for number in free for key in named[number])
            body = encode(free)
            part = Part(claim_part, works._replace(keys=keys)) if keys else None
            try:
                await self._execution.journal.write(call.draft(Kind.STEP, body), parts=(part,) if part else ())
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


def finishing(execution: Execution, done: Done | Sequence[Done]) -> tuple[Part, ...]:
    """Return the parts that note work as done with a step's result.

    Raises:
        InvalidInput: the detail is over 64 KiB.
    """
    return tuple(_finishing(execution, one) for one in ((done,) if isinstance(done, Done) else done))


def _finishing(execution: Execution, done: Done) -> Part:
    fence = execution.run.fence
    detail = None if done.detail is None else encode(done.detail)
    if detail is not None and len(detail) > DETAIL_CHARS_MAX:
        size = f"{len(detail):,} characters; the most is {DETAIL_CHARS_MAX:,}"
        message = f"The detail of {done.kind} {done.keys!r} has {size}."
        raise InvalidInput(message)
    return Part(finish_part, Works(fence.tenant, fence.run_id, done.kind, _keys_of(done.keys), detail))


def _check_count(kind: str, keys: Sequence[str]) -> None:
    if len(keys) > KEYS_MAX:
        message = f"Memory was asked for {len(keys):,} keys of {kind!r}; the most is {KEYS_MAX:,}. Ask in parts."
        raise InvalidInput(message)


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
