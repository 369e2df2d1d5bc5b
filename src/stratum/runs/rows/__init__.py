"""The transactions of runs: sync functions ``(tx, ...)`` that compose on one transaction; the only callers of the SQL."""
