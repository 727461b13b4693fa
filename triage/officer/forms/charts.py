"""Charts of a report, as SVG for the page and PNG for print. No pyplot: no global state, no window."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, timedelta
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

INK, SOFT, BAR = "#1b2733", "#5b6773", "#2f6f9f"
BARS_MAX = 15
DAYS_SHOWN_MAX = 92  # single days; a longer period is drawn by week, and then by month
WEEKS_SHOWN_MAX = 104
WIDTH_IN = 7.1

_STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 8, "axes.edgecolor": SOFT, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": SOFT, "ytick.color": INK, "svg.fonttype": "path", "svg.hashsalt": "triage",
}  # fmt: skip


def bars(counts: Counter[str], title: str) -> Figure:
    """The most frequent ones, the largest on top; what is left over in one bar."""
    rows = counts.most_common(BARS_MAX)
    rest = counts.total() - sum(count for _, count in rows)
    if rest:
        rows.append((f"{len(counts) - BARS_MAX} others", rest))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH_IN, 0.7 + 0.22 * max(1, len(rows))), layout="constrained")
        axes = figure.add_subplot()
        names, values = [name for name, _ in reversed(rows)], [count for _, count in reversed(rows)]
        drawn = axes.barh(names, values, color=BAR, height=0.7)
        axes.bar_label(drawn, [f"{value:,}" for value in values], padding=3, color=SOFT)
        axes.set_title(title, loc="left", fontsize=9, fontweight="bold")
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.set_xticks([])
        axes.margins(x=0.12)
        return figure


def by_day(days: Counter[str], title: str) -> Figure:
    """Every day of the period, those without entries too."""
    labels, values, step = _periods(days)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH_IN, 2.0), layout="constrained")
        axes = figure.add_subplot()
        axes.bar(range(len(values)), values, color=BAR, width=0.85)
        every = max(1, len(labels) // 8)
        axes.set_xticks(range(0, len(labels), every), labels[::every])
        axes.set_title(f"{title}, a {step}", loc="left", fontsize=9, fontweight="bold")
        axes.spines[["top", "right"]].set_visible(False)
        axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=5))
        return figure


def _periods(days: Counter[str]) -> tuple[list[str], list[int], str]:
    known = {date.fromisoformat(day): count for day, count in days.items() if day[:1].isdigit()}
    if not known:
        return [], [], "day"
    first, last = min(known), max(known)
    span = (last - first).days + 1
    every_day = [first + timedelta(days=number) for number in range(span)]
    if span <= DAYS_SHOWN_MAX:
        return [day.isoformat() for day in every_day], [known.get(day, 0) for day in every_day], "day"
    weekly = span <= WEEKS_SHOWN_MAX * 7
    sums: dict[str, int] = {}
    for day in every_day:
        key = f"{day.isocalendar().year}-W{day.isocalendar().week:02}" if weekly else f"{day:%Y-%m}"
        sums[key] = sums.get(key, 0) + known.get(day, 0)
    return list(sums), list(sums.values()), "week" if weekly else "month"


def svg(figure: Figure) -> str:
    """For an HTML page, without the XML prologue."""
    out = io.StringIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def png(figure: Figure) -> io.BytesIO:
    out = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(out, format="png", dpi=200)
    out.seek(0)
    return out
