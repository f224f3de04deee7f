"""Pages for printing: a PDF with headings, paragraphs, figures, tables and bars with intervals.

Left to right or right to left after the language; Noto Sans of the built front end, so that Arabic is
shaped, or Helvetica without it, which has Latin letters only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib.staticfiles import finders
from django.utils.translation import get_language_info, gettext
from fpdf import FPDF, FontFace
from fpdf.enums import Align, XPos, YPos

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

INK, QUIET, LINE = (28, 37, 48), (92, 103, 115), (200, 206, 212)
ACCENT, TINT = (27, 86, 140), (232, 239, 246)
MARGIN, WIDTH = 20, 170  # millimetres of A4
SUBSETS = ("latin", "latin-ext")
FALLBACK = "Helvetica"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its figure in words, and figure and bounds for drawing; None: not known."""

    name: str
    words: str
    value: float | None
    low: float | None = None
    high: float | None = None


class Paper:
    """A document that grows from the top; `finish` gives its bytes."""

    def __init__(self, title: str, subject: str, language: str, at: datetime) -> None:
        self.rtl = bool(get_language_info(language)["bidi"])
        self._pdf = _Numbered(format="A4", unit="mm")
        self._pdf.set_margins(MARGIN, 18)
        self._pdf.set_auto_page_break(auto=True, margin=22)
        self._pdf.set_lang(language)
        self._pdf.set_title(title)
        self._pdf.set_subject(subject)
        self._pdf.set_creator("Tidewaiter")
        self._pdf.set_creation_date(at.astimezone(UTC))
        self._pdf.family = _load_fonts(self._pdf, rtl=self.rtl)
        self._pdf.foot = f"{title} · {subject}"
        self._pdf.rtl = self.rtl
        self._pdf.add_page()

    def title(self, text: str, below: str) -> None:
        self._write(text, 20, bold=True, colour=ACCENT)
        self._write(below, 10, colour=QUIET)
        self._pdf.ln(4)

    def heading(self, text: str) -> None:
        """Never the last line of a page."""
        if self._pdf.will_page_break(45):
            self._pdf.add_page()
        self._pdf.ln(4)
        self._pdf.start_section(text)
        self._write(text, 13, bold=True, colour=ACCENT)
        self._pdf.ln(1)

    def lead(self, text: str) -> None:
        """The sentence that matters, in a tinted box."""
        self._font(12, bold=True)
        self._pdf.set_fill_color(*TINT)
        self._cell(text, 7, fill=True, padding=4)
        self._pdf.ln(3)

    def paragraph(self, text: str, *, quiet: bool = False) -> None:
        self._write(text, 8.5 if quiet else 10, colour=QUIET if quiet else INK)
        self._pdf.ln(2)

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
    ) -> None:
        """The first column is text, the others figures. widths: relative."""
        self._font(8.5)
        self._pdf.set_fill_color(255)  # rows take the colour that was used last
        order = range(len(head))[::-1] if self.rtl else range(len(head))
        near, far = (Align.R, Align.L) if self.rtl else (Align.L, Align.R)
        with self._pdf.table(
            width=WIDTH,
            col_widths=[widths[at] for at in order],
            text_align=[near if at == 0 else far for at in order],
            headings_style=FontFace(emphasis="BOLD", color=INK, fill_color=TINT),
            borders_layout="HORIZONTAL_LINES",
            line_height=4.6,
            padding=(0.8, 1.2),
        ) as table:
            for cells in (head, *rows):
                row = table.row()
                for at in order:
                    row.cell(self._safe(cells[at]))
        self._pdf.ln(3)

    def bars(self, rows: Sequence[Bar]) -> None:
        """Horizontal bars with their intervals as whiskers, each with its figure in words beside it."""
        known = [one.high if one.high is not None else one.value for one in rows]
        top = max((figure for figure in known if figure is not None), default=0.0) or 1.0
        for one in rows:
            self._bar(one, top)
        self._pdf.ln(3)

    def finish(self) -> bytes:
        return bytes(self._pdf.output())

    def _bar(self, one: Bar, top: float) -> None:
        name, drawn, height = 58.0, 54.0, 5.6
        if self._pdf.will_page_break(height):
            self._pdf.add_page()
        y = self._pdf.get_y()
        start = MARGIN + WIDTH - name if self.rtl else MARGIN + name
        self._font(8.5)
        near, far = (Align.R, Align.L) if self.rtl else (Align.L, Align.R)
        self._pdf.set_xy(start if self.rtl else MARGIN, y)
        self._pdf.cell(name - 2, height, self._cut(one.name, name - 3), align=near)
        self._font(8.5)
        self._pdf.set_xy(MARGIN if self.rtl else start + drawn + 2, y)
        self._pdf.cell(WIDTH - name - drawn - 2, height, self._safe(one.words), align=far)
        if one.value is not None:
            self._draw(one, y + height / 2, start, drawn / top)
        self._pdf.set_y(y + height)

    def _draw(self, one: Bar, middle: float, start: float, scale: float) -> None:
        way = -1 if self.rtl else 1
        length = (one.value or 0.0) * scale
        self._pdf.set_fill_color(*ACCENT)
        self._pdf.rect(start - (length if self.rtl else 0), middle - 1.6, length, 3.2, style="F")
        if one.low is not None and one.high is not None:
            self._pdf.set_draw_color(*INK)
            self._pdf.set_line_width(0.35)
            ends = [start + way * bound * scale for bound in (one.low, one.high)]
            self._pdf.line(ends[0], middle, ends[1], middle)
            for end in ends:
                self._pdf.line(end, middle - 1.1, end, middle + 1.1)

    def _write(
        self, text: str, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK
    ) -> None:
        self._font(size, bold=bold)
        self._pdf.set_text_color(*colour)
        self._cell(text, size * 0.52)
        self._pdf.set_text_color(*INK)

    def _cell(self, text: str, height: float, *, fill: bool = False, padding: float = 0) -> None:
        self._pdf.multi_cell(
            WIDTH, height, self._safe(text), align=Align.R if self.rtl else Align.L, fill=fill,
            padding=padding, new_x=XPos.LMARGIN, new_y=YPos.NEXT,
        )  # fmt: skip

    def _font(self, size: float, *, bold: bool = False) -> None:
        # A text in two scripts leaves the font of its last letters behind: name ours again each time.
        self._pdf.font_family = ""
        self._pdf.set_font(self._pdf.family, "B" if bold else "", size)

    def _cut(self, text: str, width: float) -> str:
        text = self._safe(text)
        while len(text) > 4 and self._pdf.get_string_width(text) > width:
            text = text[:-2].rstrip(" .…") + "…"
        return self._safe(text)

    def _safe(self, text: str) -> str:
        return self._pdf.safe(text)


class _Numbered(FPDF):
    """Every page with its number and what it is about."""

    family = FALLBACK
    foot = ""
    rtl = False

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(self.family, "", 8)
        self.set_text_color(*QUIET)
        page = gettext("page %(n)s") % {"n": self.page_no()}
        self.cell(0, 5, self.safe(f"{self.foot} · {page}"), align=Align.R if self.rtl else Align.L)
        self.set_text_color(*INK)

    def safe(self, text: str) -> str:
        """Helvetica has the letters of Latin 1 only."""
        if self.family != FALLBACK:
            return text
        plain = text.replace("\N{MINUS SIGN}", "-").replace("–", "-").replace("…", "...")
        return plain.encode("latin-1", "replace").decode("latin-1")


def _load_fonts(pdf: FPDF, *, rtl: bool) -> str:
    """The family of the text; letters that its file lacks are looked for in the other subsets."""
    loaded = []
    for subset in (*SUBSETS, *(["arabic"] if rtl else [])):
        family = f"noto-{subset}"
        files = [_font_file(subset, weight) for weight in (400, 600)]
        if all(files):
            pdf.add_font(family, "", files[0])
            pdf.add_font(family, "B", files[1])
            loaded.append(family)
    if not loaded or loaded[0] != "noto-latin":
        return FALLBACK
    pdf.set_fallback_fonts(loaded[1:], exact_match=False)
    pdf.set_text_shaping(use_shaping_engine=True, direction="rtl" if rtl else "ltr")
    return loaded[0]


def _font_file(subset: str, weight: int) -> Path | None:
    """Where the front end keeps a font; None if it has not been built."""
    package = "noto-sans-arabic" if subset == "arabic" else "noto-sans"
    vendor = finders.find("vendor/VENDOR.json")
    if vendor is None:
        return None
    name = f"fontsource-{package}-[0-9]*/{package}-{subset}-{weight}-normal.woff2"
    return next(Path(vendor).parent.glob(name), None)
