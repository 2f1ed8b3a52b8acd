"""Uploads, with a limit."""

from starlette.datastructures import UploadFile

from chassis.language import _
from chassis.problems import Problem


async def read_upload(file: UploadFile, most: int) -> bytes:
    """The content; 413 where it is larger than `most` bytes."""
    content = await file.read(most + 1)
    if len(content) > most:
        raise Problem(
            "file-too-large",
            413,
            _("Berkas terlalu besar"),
            _("Paling besar {most} MB.").format(most=most // 1024 // 1024),
        )
    return content
