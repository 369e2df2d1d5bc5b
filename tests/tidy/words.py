"""What the project's texts look like to people outside."""

import re
from collections.abc import Iterator

from tests.tidy.tree import Finding, Tree

# The last two parts of a fragment's name must be what towncrier expects: it leaves out, silently, what it cannot read.
FRAGMENT = re.compile(r"(?:\d+|\+[a-z0-9-]+)\.(?:added|changed|fixed|removed|security)\.md")
SENTENCES = re.compile(r"[A-Z`].*\.\n?", re.DOTALL)

# Where packages come from is the business of whoever installs, and nobody else has our folders. The patterns are
# written so that they do not match themselves.
FOREIGN = {
    re.compile(
        r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|proxy\.golang\.org|crates\.io)\b"
    ): ("names a registry's host; say the package's name and let the reader's own tools find it"),
    re.compile(
        r"(?<![\w./~-])/(?:work|root|home|Users)/\w"
    ): "is a path on somebody's machine; make it relative or generic",
}


def changelog_fragments_are_sentences(tree: Tree) -> Iterator[Finding]:
    """One small file per change, for users, ready to stand in the changelog as it is."""
    for file in tree.under("changes", suffix=".md"):
        if file.path.name == "README.md":
            continue
        if not FRAGMENT.fullmatch(file.path.name):
            yield file.finding("Name it 12.fixed.md or +short-slug.added.md; changes/README.md has the kinds.")
        if not SENTENCES.fullmatch(file.text) or file.text.startswith("#"):
            yield file.finding("Write whole sentences for users, from a capital to a full stop, without a heading.")


def no_hosts_and_no_private_paths(tree: Tree) -> Iterator[Finding]:
    """The tree works on any machine and names none."""
    for file in tree.files:
        for number, line in enumerate(file.text.splitlines(), start=1):
            for pattern, why in FOREIGN.items():
                if found := pattern.search(line):
                    yield file.finding(f"'{found[0]}' {why}.", number)
