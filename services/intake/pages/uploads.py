"""Uploads, with a limit."""

from starlette.datastructures import UploadFile

from chassis.problems import Problem


async def read_upload(file: UploadFile, most: int) -> bytes:
    """The content; 413 where it is larger than `most` bytes."""
    content = await file.read(most + 1)
    if len(content) > most:
        raise Problem(413, "Berkas terlalu besar", f"Paling besar {most // 1024 // 1024} MB.")
    return content
