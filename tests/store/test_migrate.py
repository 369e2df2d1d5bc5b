from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum.kernel.errors import Disposition
from stratum.store.errors import StoreNewer, StoreUnsuitable
from stratum.store.migrate import Applied, Migration, load_migrations, pending
from tests.store.packages import package_of

CREATE = """-- Where things are kept.
-- engine table: claim
CREATE TABLE item (tenant TEXT, id BIGINT, PRIMARY KEY (tenant, id)) /* without rowid */ /* often updated */;
CREATE TABLE claim (tenant TEXT);
"""


def _of(capability: str, number: int, digest: str = "d") -> Migration:
    return Migration(capability, number, "step", "", "", (), digest)


def test_migrations_are_loaded_in_order_with_what_belongs_to_one_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "0010_later.sql": "SELECT 10;",
        "0001_create.sql": CREATE,
        "0001_create.postgres.sql": "CREATE INDEX on_postgres ON item (id);",
        "0010_later.sqlite.sql": "SELECT 11;",
        "README.md": "not a migration",
        "draft.sql": "not one either",
    }
    with package_of("shelves", {f"migrations/{name}": text for name, text in texts.items()}, tmp_path, monkeypatch):
        create, later = load_migrations("shelves")
    assert (create.label, later.label) == ("shelves/0001_create", "shelves/0010_later")
    assert "WITHOUT ROWID /* often updated */;" in create.sqlite
    assert "on_postgres" not in create.sqlite
    assert "/* without rowid */ WITH (fillfactor = 70);" in create.postgres
    assert create.postgres.endswith("CREATE INDEX on_postgres ON item (id);")
    assert create.engine_tables == ("claim",)
    assert (later.sqlite, later.postgres) == ("SELECT 10;SELECT 11;", "SELECT 10;")


def test_a_digest_tells_any_two_texts_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests: set[str] = set()
    for place, texts in enumerate(
        [
            {"0001_create.sql": "SELECT 1;"},
            {"0001_create.sql": "SELECT 2;"},
            {"0001_create.sql": "SELECT 1;", "0001_create.sqlite.sql": "SELECT 3;"},
            {"0001_create.sql": "SELECT 1;", "0001_create.postgres.sql": "SELECT 3;"},
        ]
    ):
        folder = tmp_path / str(place)
        files = {f"migrations/{name}": text for name, text in texts.items()}
        with package_of("shelves", files, folder, monkeypatch):
            digests |= {migration.digest for migration in load_migrations("shelves")}
    assert len(digests) == 4


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), unique=True), st.data())
def test_what_was_not_applied_is_pending_in_its_order(pairs: list[tuple[str, int]], data: st.DataObject) -> None:
    known = [_of(capability, number) for capability, number in pairs]
    done = data.draw(st.lists(st.sampled_from(known), unique=True) if known else st.just([]))
    applied = [Applied(migration.capability, migration.number, migration.digest) for migration in done]
    assert pending(known, applied) == [migration for migration in known if migration not in done]


def test_a_migration_that_we_do_not_know_is_from_a_newer_program() -> None:
    with pytest.raises(StoreNewer, match="it has runs/0002, which this version does not know") as newer:
        pending([_of("runs", 1)], [Applied("runs", 1, "d"), Applied("runs", 2, "d")])
    assert newer.value.disposition is Disposition.PERSON
    assert "Upgrade" in str(newer.value)


def test_a_capability_that_we_do_not_use_is_left_alone() -> None:
    assert pending([_of("runs", 1)], [Applied("elsewhere", 7, "d"), Applied("runs", 1, "d")]) == []


def test_a_migration_whose_text_was_changed_afterwards_is_refused() -> None:
    with pytest.raises(StoreUnsuitable, match="another text of migration runs/0001_step"):
        pending([replace(_of("runs", 1), digest="new")], [Applied("runs", 1, "old")])
