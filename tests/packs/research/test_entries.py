"""An entry keeps what is sound, and tells what is odd."""

from stratum_research.entries import LIST_MAX, NO_TITLE, TEXT_MAX, Entry
from stratum_research.polls import Problem


def whats(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.what for problem in problems]


def read(entry: Entry, **fields: object) -> tuple[str | None, list[str]]:
    paper, problems = entry.paper(**{"work_key": "arxiv:2401.00001", "source": "arxiv", "title": "T", **fields})
    return (None if paper is None else paper.title), whats(problems)


def test_a_sound_entry_has_no_problems() -> None:
    entry = Entry(1, "2401.00001v1")
    assert read(entry, title=entry.title("A  title\n")) == ("A title", [])


def test_a_missing_title_is_replaced_and_reported() -> None:
    entry = Entry(1, "2401.00001v1")
    assert read(entry, title=entry.title(" \n")) == (NO_TITLE, ["it has no title"])


def test_overlong_texts_are_cut_and_reported() -> None:
    entry = Entry(1, "2401.00001v1")
    assert len(entry.text("abstract", "x" * (TEXT_MAX + 1))) == TEXT_MAX
    assert read(entry)[1] == [f"the abstract has {TEXT_MAX + 1} characters; the first {TEXT_MAX} are kept"]


def test_overlong_lists_are_cut_and_reported() -> None:
    entry = Entry(1, "2401.00001v1")
    assert len(entry.texts("authors", ["Ada"] * (LIST_MAX + 1))) == LIST_MAX
    assert read(entry)[1] == [f"it has {LIST_MAX + 1} authors; the first {LIST_MAX} are kept"]


def test_empty_names_are_left_out() -> None:
    assert Entry(1, "").texts("authors", [" ", "Ada\n Lovelace", ""]) == ("Ada Lovelace",)


def test_mixed_up_encodings_are_reported_and_left_as_they_are() -> None:
    entry = Entry(1, "2401.00001v1")
    assert entry.texts("authors", ["JosÃ©"]) == ("JosÃ©",)
    assert entry.text("abstract", "Ã©") == "Ã©"
    assert read(entry)[1] == [
        "the authors look as if their encoding was mixed up",
        "the abstract looks as if its encoding was mixed up",
    ]


def test_dois_are_evened_out_and_what_is_none_is_reported() -> None:
    entry = Entry(1, "2401.00001v1")
    given = ["10.1000/ABC", "https://doi.org/10.1000/abc", "10.48550/arXiv.2401.00001", "see journal"]
    assert entry.dois(given) == ("10.1000/abc",)
    assert read(entry)[1] == ["its DOI 'see journal' is not one"]


def test_fields_that_make_no_paper_skip_the_entry_and_say_which() -> None:
    entry = Entry(3, "2401.00001v1", line=40)
    paper, (problem,) = entry.paper(work_key="nonsense", source="arxiv", title="T")
    assert paper is None
    assert (problem.position, problem.line, problem.entry, problem.skipped) == (3, 40, "2401.00001v1", True)
    assert problem.what.startswith("work_key: ")


def test_an_entry_that_names_no_work_is_unusable() -> None:
    paper, (problem,) = Entry(2, "x" * 1000).unusable("it has no id")
    assert (paper, problem.what, problem.skipped) == (None, "it has no id", True)
    assert len(problem.entry) == 200


def test_a_kept_problem_names_its_paper() -> None:
    entry = Entry(1, "2401.00001v1")
    entry.doubt("odd")
    _, (problem,) = entry.paper(work_key="arxiv:2401.00001", source="arxiv", title="T")
    assert (problem.work_key, problem.skipped) == ("arxiv:2401.00001", False)
