"""A printable document: the same sections as an HTML page (self-contained, no script) and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import matplotlib as mpl
from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout
from jinja2 import Environment
from markupsafe import Markup
from matplotlib.figure import Figure

from triage.officer.forms import charts, files

FONT: Final = "DejaVu"
FOOT: Final = "Confidential. May hold protected health information: keep and destroy it as the clinic's policy says."
INK, SOFT, LINE, SHADE = (27, 39, 51), (91, 103, 115), (208, 214, 220), (243, 246, 248)

PAGE: Final = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ document.title }}</title><style>
@page { size: A4; margin: 16mm }
body { font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #1b2733; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 0 .2rem } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem }
p { margin: .3rem 0 } .soft, footer { color: #5b6773 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .86rem }
th { text-align: left; background: #f3f6f8 } th, td { padding: .25rem .5rem; border-bottom: 1px solid #d0d6dc; vertical-align: top;
overflow-wrap: anywhere } thead { display: table-header-group } tr { break-inside: avoid } svg { width: 100%; height: auto; break-inside: avoid }
footer { margin-top: 3rem; border-top: 1px solid #d0d6dc; padding-top: .5rem; font-size: .8rem }
</style></head><body>
<h1>{{ document.title }}</h1>
{% for line in document.lead %}<p class="soft">{{ line }}</p>
{% endfor %}{% for section in document.sections %}<section><h2>{{ section.title }}</h2>
{% for line in section.text %}<p>{{ line }}</p>
{% endfor %}{% for figure in section.figures %}{{ svg(figure) }}
{% endfor %}{% if section.head %}<table><thead><tr>{% for cell in section.head %}<th>{{ cell }}</th>{% endfor %}</tr></thead><tbody>
{% for row in section.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% endif %}</section>
{% endfor %}<footer>{{ foot }}</footer></body></html>
"""


@dataclass(frozen=True, slots=True)
class Section:
    """`widths`: of the columns, relative; as many as `head`."""

    title: str
    text: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    head: Sequence[str] = ()
    widths: Sequence[int] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    lead: Sequence[str]
    sections: Sequence[Section]

    def write(self, folder: Path, stem: str) -> list[Path]:
        """`stem`.html and `stem`.pdf in `folder`. Raises OSError."""
        page, print_ = folder / f"{stem}.html", folder / f"{stem}.pdf"
        files.write(page, self.html().encode())
        files.write(print_, self.pdf())
        return [page, print_]

    def html(self) -> str:
        template = Environment(autoescape=True).from_string(PAGE)
        # What is marked safe comes from matplotlib alone, whose text are paths.
        return template.render(document=self, foot=FOOT, svg=lambda figure: Markup(charts.svg(figure)))  # noqa: S704

    def pdf(self) -> bytes:
        paper = _Paper(self.title)
        paper.add_page()
        paper.heading(self.title, 16)
        for line in self.lead:
            paper.paragraph(line, soft=True)
        for section in self.sections:
            _section(paper, section)
        return bytes(paper.output())


def _section(paper: _Paper, section: Section) -> None:
    paper.ln(4)
    if paper.will_page_break(30 + (_height(paper, section.figures[0]) if section.figures else 0)):  # no heading alone
        paper.add_page()
    paper.heading(section.title, 11)
    for line in section.text:
        paper.paragraph(line)
    for figure in section.figures:
        high = _height(paper, figure)
        if paper.will_page_break(high):
            paper.add_page()
        paper.image(charts.png(figure), w=paper.epw, h=high, alt_text=section.title)
    if section.head:
        paper.columns(section)


def _height(paper: _Paper, figure: Figure) -> float:
    """In mm, at the text's width."""
    width, height = figure.get_size_inches()
    return float(paper.epw * height / width)


class _Paper(FPDF):
    """A4 with the house's fonts: matplotlib's own DejaVu, so that names print in any script that it has."""

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        self.add_font(FONT, "", fonts / "DejaVuSans.ttf")
        self.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self.set_margins(16, 16)
        self.set_auto_page_break(True, 18)
        self.set_title(title)
        self.set_lang("en")
        self.set_creator("triage")

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font(FONT, size=6.5)
        self.set_text_color(*SOFT)
        self.cell(self.epw - 20, 5, FOOT)
        self.cell(20, 5, f"{self.page_no()} / {{nb}}", align="R")

    def heading(self, text: str, size: float) -> None:
        self.set_font(FONT, "B", size)
        self.set_text_color(*INK)
        self.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def paragraph(self, text: str, *, soft: bool = False) -> None:
        self.set_font(FONT, size=8.5)
        self.set_text_color(*(SOFT if soft else INK))
        self.multi_cell(0, 4.4, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def columns(self, section: Section) -> None:
        self.set_font(FONT, size=7)
        self.set_text_color(*INK)
        self.set_draw_color(*LINE)
        head = FontFace(emphasis="BOLD", color=INK, fill_color=SHADE)
        with self.table(
            col_widths=tuple(section.widths), headings_style=head, line_height=3.8, padding=(0.7, 1.2), text_align="LEFT", v_align="TOP",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES, wrapmode="CHAR" if _long(section) else "WORD",
        ) as table:  # fmt: skip
            for cells in (section.head, *section.rows):
                row = table.row()
                for cell in cells:
                    row.cell(str(cell))


def _long(section: Section) -> bool:
    """Ids have no spaces to break a line at."""
    return any(len(word) > 24 for row in section.rows for cell in row for word in str(cell).split())
