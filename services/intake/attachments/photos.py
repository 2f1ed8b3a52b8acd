"""Photos: written anew, so that nothing but what they show is left."""

from chassis.language import _
from chassis.problems import Problem
from services.intake.attachments.workers import UNREADABLE, write_anew


async def clean(content: bytes) -> bytes:
    """A JPEG without metadata; 422 where the content is no picture, or too large a one."""
    status, made = await write_anew("photo_worker", content)
    if status == UNREADABLE:
        raise Problem("photo-unreadable", 422, _("Foto tidak terbaca"), _("Kirim foto JPG, PNG, atau WebP."))
    if status != 0:  # said so, or ended by its limits of memory and time
        raise Problem("photo-too-large", 422, _("Foto terlalu besar"), _("Kirim foto yang lebih kecil."))
    return made
