from hypothesis import given
from hypothesis import strategies as st

from stratum.kernel.chance import Chance, SeededChance, SystemChance


@given(st.one_of(st.integers(), st.text()), st.lists(st.integers(min_value=1, max_value=128), max_size=20))
def test_the_same_seed_gives_the_same_draws(seed: int | str, counts: list[int]) -> None:
    one, other = SeededChance(seed), SeededChance(seed)
    assert [one.bits(count) for count in counts] == [other.bits(count) for count in counts]
    assert one.fraction() == other.fraction()


def test_other_seeds_give_other_draws() -> None:
    assert len({SeededChance(seed).bits(64) for seed in range(100)}) == 100
    assert SeededChance("1").bits(64) != SeededChance(1).bits(64)


@given(st.integers(min_value=1, max_value=256))
def test_draws_keep_within_their_bounds(count: int) -> None:
    chances: list[Chance] = [SeededChance(count), SystemChance()]
    for chance in chances:
        assert 0 <= chance.bits(count) < 1 << count
        assert 0 <= chance.fraction() < 1


def test_the_systems_draws_do_not_repeat() -> None:
    assert len({SystemChance().bits(64) for _ in range(1_000)}) == 1_000
