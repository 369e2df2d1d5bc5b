"""Arbitrary identifiers and papers for property tests."""

from hypothesis import strategies as st

from stratum_research.papers import Paper
from stratum_research.texts import even


def new_style_ids() -> st.SearchStrategy[str]:
    """Bare ids of the scheme since April 2007, such as 0704.0001 or 2202.12139."""
    return st.one_of(
        st.builds("{:02d}{:02d}.{:04d}".format, st.integers(8, 14), st.integers(1, 12), st.integers(1, 9999)),
        st.builds("{:02d}{:02d}.{:05d}".format, st.integers(15, 99), st.integers(1, 12), st.integers(1, 99999)),
    )


def old_style_ids() -> st.SearchStrategy[str]:
    """Bare ids of the scheme until March 2007, such as astro-ph/0601001."""
    archives = st.sampled_from(["astro-ph", "hep-th", "math", "cs", "cond-mat", "q-bio", "made-up"])
    years = st.one_of(st.integers(92, 99), st.integers(0, 6))
    return st.builds("{}/{:02d}{:02d}{:03d}".format, archives, years, st.integers(1, 12), st.integers(1, 999))


def arxiv_ids() -> st.SearchStrategy[str]:
    """Bare ids of both schemes."""
    return st.one_of(new_style_ids(), old_style_ids())


def dois() -> st.SearchStrategy[str]:
    """Plain DOIs in mixed case, without those that have a rule of their own."""
    suffixes = st.text(st.sampled_from("abcXYZ0189.-_();/:<>"), min_size=1, max_size=30)
    return st.builds("10.{}/{}".format, st.integers(1000, 9999).filter(lambda code: code != 7287), suffixes)


def texts() -> st.SearchStrategy[str]:
    """Texts as a feed's reader leaves them: on one line, without half characters."""
    return st.text(max_size=200).map(even)


def papers() -> st.SearchStrategy[Paper]:
    """Papers from both sources, drawn from few identifiers so that some are the same work."""
    few_dois = st.sampled_from(["", "10.1000/a", "10.1000/b", "10.1000/c"])
    from_arxiv = st.builds(
        _arxiv_paper,
        st.integers(1, 4),
        st.integers(1, 3),
        few_dois,
    )
    from_crossref = st.builds(
        _crossref_paper,
        few_dois.filter(bool),
        st.lists(st.sampled_from(["doi:10.1000/a", "arxiv:2401.00001", "doi:10.1000/z"]), max_size=2),
    )
    return st.one_of(from_arxiv, from_crossref)


def _arxiv_paper(number: int, version: int, doi: str) -> Paper:
    return Paper(work_key=f"arxiv:2401.0000{number}", source="arxiv", version=version, title="T", doi=doi)


def _crossref_paper(doi: str, related: list[str]) -> Paper:
    return Paper(work_key=f"doi:{doi}", source="crossref", title="T", doi=doi, also_known_as=tuple(related))
