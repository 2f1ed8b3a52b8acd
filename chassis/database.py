"""MongoDB as every service uses it: durable writes, short waits, idempotent inserts."""

import re
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

Document = dict[str, Any]
Collection = AsyncCollection[Document]
Database = AsyncDatabase[Document]

DUPLICATE = 11000
DURABLE = WriteConcern(w="majority", j=True)


def connect(url: str) -> AsyncMongoClient[Document]:
    """A client whose writes are durable and whose calls give up after seconds, not minutes."""
    return AsyncMongoClient(url, tz_aware=True, serverSelectionTimeoutMS=3000, socketTimeoutMS=20000, appname="rukun")


def database(client: AsyncMongoClient[Document], name: str) -> Database:
    """A service's own database."""
    return client.get_database(name, codec_options=CodecOptions(tz_aware=True), write_concern=DURABLE)


def inside(code: str) -> dict[str, str]:
    """The condition that a dotted code is this one or below it."""
    return {"$regex": rf"^{literal(code)}(\.|$)"}


def literal(text: str) -> str:
    """Somebody's text as a part of a pattern. The database takes no pattern with a NUL in it."""
    return re.escape(text.replace("\0", ""))


async def insert_new(collection: Collection, documents: list[Document]) -> list[Document]:
    """Insert the documents that are not there yet and return those that were; any other failure is an error."""
    if not documents:
        return []
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if error.details["writeConcernErrors"] or any(each["code"] != DUPLICATE for each in failed):
            raise
        return [documents[each["index"]] for each in failed]
    return []
