"""Randomness that a test writes down."""

from stratum.testing.chance import ScriptedChance


def test_fractions_come_in_turn_and_the_last_one_for_ever() -> None:
    chance = ScriptedChance([0.1, 0.9])
    assert [chance.fraction() for _ in range(4)] == [0.1, 0.9, 0.9, 0.9]
    assert chance.drawn == 4


def test_bits_are_the_same_for_the_same_seed() -> None:
    assert ScriptedChance([0.0], seed=7).bits(64) == ScriptedChance([0.0], seed=7).bits(64)
    assert ScriptedChance([0.0], seed=7).bits(64) != ScriptedChance([0.0], seed=8).bits(64)
