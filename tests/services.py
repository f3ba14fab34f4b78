"""The real engines of `make test-full`: a PostgreSQL role and a Redis database that belong to this run alone.

What stands there already is neither read nor changed; what the run makes, it takes away again.
"""

import os
import secrets
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg
import redis

HOST = "127.0.0.1"
ROLE = "HOLDWELL_TEST_ROLE"


class MissingServiceError(Exception):
    """The full run needs an engine that does not answer."""


def database_url() -> str:
    """A URL on the local PostgreSQL, with a role that may make databases and nothing else."""
    for role in _as_superuser("SELECT rolname FROM pg_roles WHERE rolname LIKE 'holdwell_test_%'"):
        if not Path("/proc", role.split("_")[2]).exists():
            _drop(role)  # of a run that was killed
    role, password = f"holdwell_test_{os.getpid()}_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    _as_superuser(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{password}'")
    os.environ[ROLE] = role
    return f"postgres://{role}:{password}@{HOST}:5432/{role}"


def create_database(url: str, name: str) -> str:
    """A further, empty database of the same role; answers its URL."""
    server = url.rsplit("/", 1)[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return f"{server}/{name}"


def drop_database(url: str) -> None:
    server, name = url.rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def broker_url() -> str:
    """A URL on the local Redis: a database that is empty, from the last one down."""
    for number in range(15, 0, -1):
        client = redis.Redis(HOST, db=number)
        try:
            empty = client.dbsize() == 0
        except redis.RedisError as error:
            raise MissingServiceError(f"No Redis answers at {HOST}:6379 ({error}).") from error
        finally:
            client.close()
        if empty:
            return f"redis://{HOST}:6379/{number}"
    raise MissingServiceError("The local Redis has no empty database left.")


def sweep_broker(url: str, queue: str) -> None:
    """Take away the keys that carry the name of our own queue."""
    _delete(url, f"*{queue}*")


def clean_up(broker: str) -> None:
    """At the end of the run: what the client library noted in a database that was empty, and our role."""
    for pattern in ("_kombu.*", "unacked*"):
        _delete(broker, pattern)
    if role := os.environ.pop(ROLE, None):
        _drop(role)


def _delete(url: str, pattern: str) -> None:
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(pattern):
            client.delete(key)


def _drop(role: str) -> None:
    owned = f"SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = '{role}'"  # noqa: S608
    names = _as_superuser(owned)
    for name in names:
        _as_superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _as_superuser(f"DROP ROLE {role}")


def _as_superuser(sql: str) -> list[str]:
    """Run one statement as whoever may: over TCP, over the socket, or as the system's postgres user."""
    for dsn in (f"host={HOST} user=postgres dbname=postgres", "dbname=postgres"):
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(dsn, autocommit=True, connect_timeout=5) as link,
        ):
            cursor = link.execute(sql)  # type: ignore[call-overload]
            return [row[0] for row in cursor] if cursor.description else []
    command = [
        "runuser",
        "-u",
        "postgres",
        "--",
        "psql",
        "-qAtd",
        "postgres",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        sql,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingServiceError(f"No PostgreSQL answers at {HOST}:5432, or none lets us in.") from error
    return done.stdout.split()
