"""The transactions of runs: sync functions ``(tx, ...)`` that compose; the only callers of the SQL."""
