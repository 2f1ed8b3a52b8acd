"""Photos: written anew by a process of their own, one at a time, so that no picture can exhaust or take over intake."""

import asyncio
import sys

from chassis.language import _
from chassis.problems import Problem
from services.intake import photo_worker

_SECONDS = 20.0
_ONE_AT_A_TIME = asyncio.Semaphore(1)
"""Of a process. Who waits here holds a few megabytes, not a decoded picture."""


async def clean(content: bytes) -> bytes:
    """A JPEG without metadata; 422 where the content is no picture, or too large a one."""
    async with _ONE_AT_A_TIME:
        status, made = await _work(content)
    if status == photo_worker.UNREADABLE:
        raise Problem("photo-unreadable", 422, _("Foto tidak terbaca"), _("Kirim foto JPG, PNG, atau WebP."))
    if status != 0:  # said so, or ended by its limits of memory and time
        raise Problem("photo-too-large", 422, _("Foto terlalu besar"), _("Kirim foto yang lebih kecil."))
    return made


async def _work(content: bytes) -> tuple[int, bytes]:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-m", photo_worker.__name__)
    worker = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nothing)
    try:
        async with asyncio.timeout(_SECONDS):
            made, _errors = await worker.communicate(content)
    except TimeoutError:
        return photo_worker.TOO_LARGE, b""
    finally:
        if worker.returncode is None:  # too slow, or the request was given up
            worker.kill()
            await worker.wait()
    return worker.returncode or 0, made
