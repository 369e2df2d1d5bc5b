"""Stratum: durable runs, messages and memory for agents, in one transactional store."""
