"""Themes are what several papers share, and not what all of them were asked for."""

from stratum_research.themes import shared_themes


def text(*phrases: str) -> tuple[str, str, tuple[str, ...]]:
    return phrases[0], ". ".join(phrases), phrases


def test_a_phrase_that_two_papers_share_is_a_theme() -> None:
    texts = {"p1": text("mutation testing", "moss"), "p2": text("Mutation tests"), "p3": text("lichen batteries")}
    assert shared_themes(texts, count=5) == (("mutation tests", ("p1", "p2")),)


def test_what_nearly_all_papers_say_is_no_theme() -> None:
    texts = {f"p{number}": text("salt gradient", f"topic{'abcde'[number]}") for number in range(5)}
    assert shared_themes(texts, count=5) == ()


def test_among_three_papers_all_may_share_a_theme() -> None:
    texts = {f"p{number}": text("salt gradient") for number in range(3)}
    assert shared_themes(texts, count=5) == (("salt gradient", ("p0", "p1", "p2")),)


def test_the_theme_of_more_papers_comes_first() -> None:
    texts = {
        "p1": text("salt gradient", "moss archives"),
        "p2": text("salt gradient", "moss archives"),
        "p3": text("moss archives"),
        "p4": text("lantern swarms"),
        "p5": text("whisper routing"),
    }
    assert [label for label, _ in shared_themes(texts, count=5)] == ["moss archives", "salt gradient"]
    assert len(shared_themes(texts, count=1)) == 1


def test_parts_of_a_theme_are_not_told_again() -> None:
    texts = {"p1": text("tidal lichen batteries"), "p2": text("tidal lichen batteries"), "p3": text("moss")}
    assert [label for label, _ in shared_themes(texts, count=5)] == ["tidal lichen batteries"]


def test_the_same_papers_share_at_most_two_themes() -> None:
    texts = {name: text("salt gradient", "moss archives", "lantern swarms") for name in ("p1", "p2")}
    assert len(shared_themes({**texts, "p3": text("fog")}, count=5)) == 2


def test_a_single_paper_or_none_has_no_theme() -> None:
    assert shared_themes({"p1": text("salt gradient")}, count=5) == ()
    assert shared_themes({}, count=5) == ()
