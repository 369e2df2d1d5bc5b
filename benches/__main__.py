"""``make bench``: Stratum on SQLite and on a private PostgreSQL, each beside its own raw commits."""

import subprocess
import sys

from tests.postgres_server import NoPostgresError, PostgresServer


def main() -> int:
    """Measure both stores, one after the other, and return the first exit code that is not 0."""
    code = _bench("SQLite", "sqlite:///stratum.db")
    try:
        with PostgresServer.create() as server:
            return _bench("PostgreSQL", server.dsn) or code
    except NoPostgresError as error:
        sys.stdout.write(f"PostgreSQL is not measured: {error}\n")
    return code


def _bench(name: str, url: str) -> int:
    sys.stdout.write(f"\n{name}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "stratum.cli", "bench", "--store", url, *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
