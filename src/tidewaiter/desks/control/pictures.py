"""Whether a file is a photograph, by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

LARGEST = 25 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP")


def check_photograph(file: UploadedFile) -> None:
    """Raise ValidationError for what is too large or no picture that every browser can show.

    The file stands at its beginning again afterwards.
    """
    if file.size is None or file.size > LARGEST:
        raise ValidationError(_("A photograph may be at most 25 MB large."))
    try:
        with Image.open(file, formats=FORMATS) as image:
            image.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(
            _("“%(name)s” is no JPEG, PNG or WebP picture, or is damaged. Take it again.")
            % {"name": file.name}
        ) from error
    finally:
        file.seek(0)
