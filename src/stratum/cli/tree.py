"""A run's journal as a tree: scopes and branches nest by the paths of their keys, as ``map read[3]/fetch#2`` does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stratum import Event, Kind

_BRANCH = re.compile(r"(.+?)\[(.*)\]", re.DOTALL)
_ESCAPES = {"%2F": "/", "%23": "#", "%25": "%"}
_ESCAPE = re.compile("|".join(_ESCAPES))

CLOSING = frozenset({Kind.STEP, Kind.STEP_FAILED, Kind.VALUE})
"""The events that give a call its result."""


@dataclass(slots=True)
class Node:
    """A call, or a scope or branch in which calls nest."""

    name: str
    events: list[Event] = field(default_factory=list[Event])
    """What the journal holds of the call itself; empty for a scope or branch."""
    children: "dict[str, Node]" = field(default_factory=dict[str, "Node"])

    @property
    def closing(self) -> Event | None:
        """The event that gave the call its result, if it has one."""
        return next((event for event in reversed(self.events) if event.kind in CLOSING), None)

    @property
    def attempts(self) -> list[Event]:
        """The tries that failed and were followed by another."""
        return [event for event in self.events if event.kind == Kind.ATTEMPT]

    @property
    def timer(self) -> Event | None:
        """The event that fixed until when the call waits, if it waits for a time."""
        return next((event for event in self.events if event.kind == Kind.TIMER), None)

    @property
    def left(self) -> bool:
        """Whether the caller was stopped before it got the result."""
        return any(event.kind == Kind.LEFT for event in self.events)

    @property
    def failed(self) -> bool:
        """Whether the call failed for good."""
        return self.closing is not None and self.closing.kind == Kind.STEP_FAILED

    @property
    def is_open(self) -> bool:
        """Whether the call was begun and has no result."""
        return bool(self.events) and self.closing is None

    def walk(self) -> "Iterator[Node]":
        """Yield this node and all below it, in order."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children.values()))


def build_tree(events: Sequence[Event]) -> Node:
    """Return the root of a journal's calls; its children are the calls of the agent itself."""
    root = Node("")
    for event in events:
        if event.key:
            node = root
            for name in path_of(event.key):
                node = node.children.setdefault(name, Node(name))
            node.events.append(event)
    return root


def path_of(key: str) -> list[str]:
    """Return a key's path: ``map read[a]/fetch#2`` is ``map read``, ``[a]``, ``fetch#2``."""
    *scopes, call = key.split("/")
    path: list[str] = []
    for scope in scopes:
        branch = _BRANCH.fullmatch(scope)
        path += [scope] if branch is None else [branch[1], f"[{_unescaped(branch[2])}]"]
    return [*path, call]


def _unescaped(name: str) -> str:
    """Return a branch's own key, which is written without the characters that paths are made of."""
    return _ESCAPE.sub(lambda match: _ESCAPES[match[0]], name)
