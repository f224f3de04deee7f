"""Handing in files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES

RECOGNISE = ""


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One file or more; each is checked like a single one. An empty file is kept, and explained."""

    widget = ManyFiles

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty_file=True, max_length=300, **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    messages = ManyFilesField(
        label=_("Files"),
        help_text=_("CSV, XLSX, Parquet, WCO XML or JSON; also compressed with gzip or zip."),
    )
    sender = forms.CharField(
        label=_("Sender"),
        required=False,
        max_length=100,
        help_text=_("Whose data it is, as he is known here. Yourself if you leave it empty."),
    )
    reference = forms.CharField(
        label=_("Sender's reference"),
        required=False,
        max_length=200,
        help_text=_("His number for the message, so that a second sending is known."),
    )
    mapping = forms.ChoiceField(label=_("Columns"), required=False)
    stream = forms.ChoiceField(
        label=_("Content"),
        choices=[
            (DECLARATIONS.name, _("declarations")),
            (OUTCOMES.name, _("results of controls only")),
        ],
        initial=DECLARATIONS.name,
    )

    def __init__(self, *args: Any, mappings: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["mapping"].choices = [
            (RECOGNISE, _("recognise by the header")),
            *((name, name) for name in mappings),
        ]
