"""Processes of their own that read what strangers send, one at a time: none can exhaust or take over intake."""

import asyncio
import sys

TOO_LARGE, UNREADABLE = 3, 4
"""With which a worker ends that did not write the file anew; any other failure is that of its limits."""
_SECONDS = 20.0
_ONE_AT_A_TIME = asyncio.Semaphore(1)
"""Of a process. Who waits here holds a few megabytes, not a decoded picture."""


async def write_anew(worker: str, content: bytes) -> tuple[int, bytes]:
    """How the worker (a module beside this one, by its name) ended, 0 where all is well, and what it made. Only its own
    process loads the libraries that read what strangers send."""
    async with _ONE_AT_A_TIME:
        return await _work(worker, content)


async def _work(worker: str, content: bytes) -> tuple[int, bytes]:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-m", f"{__package__}.{worker}")
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nothing)
    try:
        async with asyncio.timeout(_SECONDS):
            made, _errors = await process.communicate(content)
    except TimeoutError:
        return TOO_LARGE, b""
    finally:
        if process.returncode is None:  # too slow, or the request was given up
            process.kill()
            await process.wait()
    return process.returncode or 0, made
