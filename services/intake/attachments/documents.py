"""Documents: a PDF becomes pictures of its first pages. No script, link, form, layer, title or author is left."""

from chassis.language import _
from chassis.problems import Problem
from services.intake.attachments.workers import UNREADABLE, write_anew


async def clean(content: bytes) -> bytes:
    """A PDF of pictures; 422 where the content is no PDF, is locked, or is too much to draw."""
    status, made = await write_anew("document_worker", content)
    if status == UNREADABLE:
        raise Problem(
            "document-unreadable", 422, _("Dokumen tidak terbaca"), _("Kirim PDF tanpa kata sandi, atau foto.")
        )
    if status != 0:
        raise Problem("document-too-large", 422, _("Dokumen terlalu besar"), _("Kirim foto halamannya."))
    return made
