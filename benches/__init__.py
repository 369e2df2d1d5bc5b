"""Measurements of this machine; never a test, because a machine's mood is no fault of the code."""
