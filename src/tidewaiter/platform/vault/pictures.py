"""Harmless pictures for pages, made anew from the pixels of the originals, which stay untouched.

Whatever else a picture carries stays behind: camera and place, comments, bytes after its end.
"""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

SIDE, VIEW_SIDE = 480, 2560  # pixels
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")
# A picture of 100 megapixels needs 300 MB once unpacked; a small file may claim far more.
MOST_PIXELS = 100_000_000


class NoPicture(Exception):
    """The file is no picture that can be shown, or is damaged."""


def thumbnail(file: BinaryIO) -> bytes:
    """A JPEG of at most SIDE pixels a side, turned upright. Raises NoPicture."""
    return _jpeg(file, SIDE, quality=80)


def viewing_copy(file: BinaryIO) -> bytes:
    """A JPEG of at most VIEW_SIDE pixels a side, turned upright. Raises NoPicture."""
    return _jpeg(file, VIEW_SIDE, quality=90)


def _jpeg(file: BinaryIO, side: int, *, quality: int) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise NoPicture(f"{image.width} × {image.height} pixels are too many")
        image.draft("RGB", (side * 2, side * 2))
        image = ImageOps.exif_transpose(image)
        image.thumbnail((side, side))
        flat = _on_white(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise NoPicture(str(error)) from error
    # On a canvas of its own: Pillow writes out what it has read beside the pixels (comments).
    clean = Image.new("RGB", flat.size)
    clean.paste(flat)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    seen = image.convert("RGBA")
    ground = Image.new("RGB", seen.size, "white")
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground
