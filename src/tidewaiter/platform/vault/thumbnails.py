"""Small, harmless pictures for pages, made anew from the originals, which stay untouched."""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

SIDE = 480  # pixels
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")
# A picture of 100 megapixels needs 300 MB once unpacked; a small file may claim far more.
MOST_PIXELS = 100_000_000


class NoPicture(Exception):
    """The file is no picture that can be shown, or is damaged."""


def thumbnail(file: BinaryIO) -> bytes:
    """A JPEG of at most SIDE pixels a side, turned upright, without any metadata (camera, place)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise NoPicture(f"{image.width} × {image.height} pixels are too many")
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        image = ImageOps.exif_transpose(image)
        image.thumbnail((SIDE, SIDE))
        flat = _on_white(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise NoPicture(str(error)) from error
    out = io.BytesIO()
    flat.info.clear()  # comments and profiles of the original would be written again
    flat.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    seen = image.convert("RGBA")
    ground = Image.new("RGB", seen.size, "white")
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground
