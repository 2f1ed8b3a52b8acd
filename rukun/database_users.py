"""`rukun database users`: a MongoDB user for each service, who can read and write its own database and nothing else."""

import secrets
from collections.abc import Iterator
from urllib.parse import quote, urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from chassis.language import _
from contracts.topics import SERVICES

_NO_SUCH_USER = 11


def users_command(url: str, prefix: str) -> None:
    """Make the users anew and print the `MONGO_URL` of each service, a line each."""
    try:
        for service, own in make_users(url, prefix):
            print(f"{service}  {own}")
    except PyMongoError as error:
        raise SystemExit(
            _("MongoDB menolak: {reason}. Pakai --url dengan pengguna yang boleh membuat pengguna.").format(
                reason=type(error).__name__
            )
        ) from None


def make_users(url: str, prefix: str) -> Iterator[tuple[str, str]]:
    """A user in each service's own database, with a new password: run again, it rotates them all.

    `url` is of somebody who may make users (`userAdminAnyDatabase`). Answers each service with its own `MONGO_URL`, as
    soon as it holds.
    """
    with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=10_000) as client:
        for service in SERVICES:
            password, database = secrets.token_urlsafe(32), client[f"{prefix}_{service}"]
            user = {"pwd": password, "roles": ["readWrite"]}
            try:
                database.command({"updateUser": service, **user})
            except OperationFailure as error:
                if error.code != _NO_SUCH_USER:
                    raise
                database.command({"createUser": service, **user})
            yield service, _as(url, service, password, database.name)


def _as(url: str, user: str, password: str, database: str) -> str:
    """The same servers, asked by somebody else, who is known in `database`."""
    parts = urlsplit(url)
    servers = parts.netloc.rpartition("@")[2]
    options = [each for each in parts.query.split("&") if each and not each.lower().startswith("authsource=")]
    query = "&".join([*options, f"authSource={database}"])
    return urlunsplit((parts.scheme, f"{user}:{quote(password)}@{servers}", "/", query, ""))
