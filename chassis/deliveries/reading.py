"""What others' servers answer, read up to a limit."""

import httpx2

from chassis.deliveries.channel import Undelivered


async def read_limited(answer: httpx2.Response, most: int) -> bytes:
    """The whole body; `Undelivered` for good where it is larger than `most` bytes."""
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > most:
            raise Undelivered("too_large", final=True)
    return bytes(content)
