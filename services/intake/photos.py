"""Photos: read by their content, turned upright, made smaller, written anew, so that no EXIF survives."""

import hashlib
from io import BytesIO

from PIL import Image, ImageOps

from chassis.language import _
from chassis.problems import Problem

_LONGEST_SIDE = 1600
_MOST_PIXELS = 50_000_000


def clean(content: bytes) -> tuple[bytes, str]:
    """A JPEG without metadata and its SHA-256; 422 where the content is no picture."""
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise Problem("photo-too-large", 422, _("Foto terlalu besar"), _("Kirim foto yang lebih kecil."))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Problem:
        raise
    except Exception:  # noqa: BLE001 - a broken picture breaks its reader in many ways; the answer is the same
        raise Problem("photo-unreadable", 422, _("Foto tidak terbaca"), _("Kirim foto JPG, PNG, atau WebP.")) from None
    upright.info.clear()  # comments and profiles travel there
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    written = BytesIO()
    upright.save(written, "JPEG", quality=80)
    return written.getvalue(), hashlib.sha256(written.getvalue()).hexdigest()
