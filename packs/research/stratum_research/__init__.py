"""Research: polls paper feeds, recognises works it has handled before, and writes a cited brief of what is new."""
