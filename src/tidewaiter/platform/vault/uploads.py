"""What is uploaded and too large for memory waits on disk: without a name, and sealed under a key
that is only in memory. Django's own handler would write it down as it is."""

from __future__ import annotations

import io
import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from tidewaiter.platform.vault.container import CHUNK, Reader, Writer


class SealedUploadHandler(FileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
        self._writer = Writer(self._file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  Django's form
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self._writer.end()
        return UploadedFile(
            file=io.BufferedReader(Reader(self._file, self._writer.key), CHUNK),
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()
