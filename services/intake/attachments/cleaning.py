"""What becomes of a file that came: known by its content, whatever its sender called it."""

import asyncio

from chassis.language import _
from chassis.problems import Problem
from contracts.vocabulary import AttachmentKind
from services.intake.attachments import documents, photos, videos
from services.intake.attachments.store import PHOTO_TYPE
from services.intake.attachments.voices import voice_type

DOCUMENT_TYPE = "application/pdf"
LARGEST = {
    AttachmentKind.PHOTO: 10 * 1024 * 1024,
    AttachmentKind.VOICE: 10 * 1024 * 1024,
    # What WhatsApp takes of a video, and what one document of the database can hold once it is sealed.
    AttachmentKind.VIDEO: 16_000_000,
    AttachmentKind.DOCUMENT: 16_000_000,
}
"""Bytes, as they come."""


_DOCUMENTS = {
    "application/pdf": AttachmentKind.DOCUMENT,
    "image/jpeg": AttachmentKind.PHOTO,
    "image/png": AttachmentKind.PHOTO,
    "image/webp": AttachmentKind.PHOTO,
    "video/mp4": AttachmentKind.VIDEO,
    "video/3gpp": AttachmentKind.VIDEO,
    "video/quicktime": AttachmentKind.VIDEO,
}


def kind_of_document(media_type: str) -> AttachmentKind | None:
    """What a file that is sent as a document claims to be; None for what we do not take."""
    return _DOCUMENTS.get(media_type.partition(";")[0].strip().lower())


async def cleaned(kind: AttachmentKind, content: bytes) -> tuple[bytes, str]:
    """The file as it may be kept, and its media type. 422 for what is none of this kind."""
    if kind is AttachmentKind.VIDEO:
        # Sixteen megabytes are copied and walked: aside, so that nobody's report waits for it.
        return await asyncio.to_thread(videos.clean, content), videos.VIDEO_TYPE
    if kind is AttachmentKind.DOCUMENT:
        return await documents.clean(content), DOCUMENT_TYPE
    if kind is AttachmentKind.PHOTO:
        return await photos.clean(content), PHOTO_TYPE
    if (recorded := voice_type(content)) is None:
        detail = _("Kirim sebagai pesan suara: tahan tombol mikrofon.")
        raise Problem("voice-unreadable", 422, _("Rekaman tidak terbaca"), detail)
    return content, recorded
