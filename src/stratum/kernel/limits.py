"""Bounds that more than one floor must agree on; every other queue, loop, cache and payload states its own."""

VALUE_BYTES_MAX = 16 * 1024 * 1024
"""The largest value that a step, signal or input may carry, in bytes of JSON."""

INLINE_BYTES_MAX = 8 * 1024
"""Larger values are stored once by content, apart from the journal, in bytes of JSON."""

NAME_CHARS_MAX = 200
"""The longest name of an agent, step, queue or signal."""

ERROR_CHARS_MAX = 4_000
"""The longest error text kept in a journal."""
