"""The named queries of runs, loaded once."""

from stratum.store import load_queries

Q = load_queries("stratum.runs")
