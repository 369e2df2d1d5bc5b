from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from stratum.kernel.chance import SeededChance, SystemChance
from stratum.kernel.clock import SystemClock
from stratum.kernel.ids import Ids, base32
from stratum.testing import FakeClock

_128_BITS = st.integers(min_value=0, max_value=2**128 - 1)


class _Ones:
    """The highest draw every time."""

    def bits(self, count: int) -> int:
        return (1 << count) - 1

    def fraction(self) -> float:
        return 0.0


def _number(id: str) -> int:
    return int("".join(f"{'0123456789abcdefghjkmnpqrstvwxyz'.index(letter):05b}" for letter in id.split("_")[1]), 2)


def test_an_id_has_its_kind_and_26_letters() -> None:
    made = Ids(SystemClock(), SystemChance()).new("run")
    kind, letters = made.split("_")
    assert kind == "run"
    assert len(letters) == 26
    assert set(letters) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_an_id_is_a_uuid_of_version_7() -> None:
    number = _number(Ids(FakeClock(1_234_567_890_123), SystemChance()).new("run"))
    assert number >> 80 == 1_234_567_890_123
    assert (number >> 76) & 0xF == 7
    assert (number >> 62) & 0b11 == 0b10


@given(_128_BITS, _128_BITS)
def test_text_order_is_number_order(left: int, right: int) -> None:
    assert (base32(left) < base32(right)) == (left < right)
    assert _number(f"x_{base32(left)}") == left


@given(st.lists(st.integers(min_value=-5_000, max_value=5_000), max_size=200), st.integers())
def test_ids_rise_even_when_the_clock_goes_back(steps: list[int], seed: int) -> None:
    clock = FakeClock()
    ids = Ids(clock, SeededChance(seed))
    made: list[str] = []
    for step in steps:
        clock.set_wall(clock.now() + step)
        made.append(ids.new("run"))
    assert made == sorted(set(made))


def test_more_ids_than_a_millisecond_can_count_still_rise() -> None:
    ids = Ids(FakeClock(), _Ones())
    made = [ids.new("run") for _ in range(10_000)]
    assert made == sorted(set(made))


def test_threads_never_get_the_same_id() -> None:
    ids = Ids(SystemClock(), SystemChance())

    def some(_: int) -> list[str]:
        return [ids.new("run") for _ in range(2_000)]

    with ThreadPoolExecutor(4) as pool:
        made = [id for batch in pool.map(some, range(4)) for id in batch]
    assert len(set(made)) == len(made) == 8_000


def test_two_makers_in_the_same_millisecond_differ() -> None:
    makers: list[Callable[[str], str]] = [Ids(FakeClock(), SystemChance()).new for _ in range(1_000)]
    assert len({new("run") for new in makers}) == 1_000
