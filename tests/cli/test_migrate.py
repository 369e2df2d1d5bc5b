"""stratum migrate: a store is made or brought up to date, or told what that would do."""

from stratum.app.application import migrations
from stratum.store import STORE_MIGRATIONS
from tests.cli.shell import Shell

LABELS = [migration.label for migration in (*STORE_MIGRATIONS, *migrations())]


def test_a_plan_changes_nothing(shell: Shell, store: str) -> None:
    for _ in range(2):
        answer = shell("migrate", "--plan")
        assert answer.code == 0
        assert answer.lines[0].startswith("Would make the store at ")
        assert [line.strip() for line in answer.lines[1:]] == LABELS
    assert not list(shell.folder.glob("*.db"))


def test_a_store_is_made_once(shell: Shell, store: str) -> None:
    answer = shell("migrate")
    assert answer.lines[0].startswith("Made the store at ")
    assert [line.strip() for line in answer.lines[1:]] == LABELS
    again = shell("migrate")
    assert again.out.endswith(f"is up to date ({len(LABELS)} migrations).\n")
    assert again.code == 0


def test_what_is_missing_is_added(shell: Shell) -> None:
    shell("migrate")
    shell.sql("DELETE FROM store_migration WHERE capability = 'memory'; DROP TABLE memory_work")
    assert shell("migrate", "--plan").lines == [
        "Would migrate the store at sqlite:///stratum.db:",
        "  memory/0001_create",
    ]
    assert shell("migrate").lines == ["Migrated the store at sqlite:///stratum.db:", "  memory/0001_create"]
    assert shell("runs").code == 0


def test_programs_get_the_migrations(shell: Shell) -> None:
    store = "sqlite:///stratum.db"
    assert shell("migrate", "--plan", "--json").json == {
        "store": store,
        "planned": True,
        "new": True,
        "migrations": LABELS,
    }
    assert shell("migrate", "--json").json == {"store": store, "planned": False, "new": True, "migrations": LABELS}
    assert shell("migrate", "--json").json == {"store": store, "planned": False, "new": False, "migrations": []}
