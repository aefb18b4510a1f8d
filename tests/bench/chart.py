# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chart as SVG: panels of bars, two in a row; readable on light and on dark."""

from xml.sax.saxutils import escape, quoteattr

WIDTH = 760
MARGIN = 20
COLUMN = (WIDTH - 3 * MARGIN) // 2
VALUE = 84    # room for a figure
LETTER = 6.9  # width of a letter, about
BAR = 16
ROW = 24
HEAD = 44     # above the first bar of a panel
TOP = 40      # above the first panel

STYLE = '''
    text { font: 13px system-ui, "Cantarell", "DejaVu Sans", sans-serif; fill: #24292f }
    .title { font-weight: 600 }
    .note { font-size: 11px; fill: #656d76 }
    .bar { fill: #b6bec9 }
    .ours { fill: #1c71d8 }
    .strong { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .note { fill: #9198a1 }
      .bar { fill: #4f5965 }
      .ours { fill: #62a0ea }
    }
'''


def make_bars(x, y, rows, unit, digits):
    label = max(len(name) for name, _, _ in rows) * LETTER + 10
    longest = max(figure for _, figure, _ in rows) or 1
    room = COLUMN - label - VALUE
    parts = []
    for i, (name, figure, ours) in enumerate(rows):
        top = y + i * ROW
        width = max(1, round(room * figure / longest, 1))
        strong = ' class="strong"' if ours else ''
        bar = 'bar ours' if ours else 'bar'
        value = f'{figure:,.{digits}f} {unit}'
        parts += [f'<text{strong} x="{x + label - 8:.1f}" y="{top + 13}" text-anchor="end">{escape(name)}</text>',
                  f'<rect class="{bar}" x="{x + label:.1f}" y="{top}" width="{width}" height="{BAR}" rx="3"/>',
                  f'<text{strong} x="{x + label + width + 6:.1f}" y="{top + 13}">{escape(value)}</text>']
    return parts


def make_panel(x, y, title, note, *bars):
    return [f'<text class="title" x="{x}" y="{y + 14}">{escape(title)}</text>',
            f'<text class="note" x="{x}" y="{y + 30}">{escape(note)}</text>',
            *make_bars(x, y + HEAD, *bars)]


def write_chart(path, title, description, panels):
    """Draw panels to path: (title, note, rows, unit, digits), a row being (label, figure, whether it is ours)."""
    parts = [f'<text class="title" x="{MARGIN}" y="24">{escape(title)}</text>']
    y = TOP
    for i in range(0, len(panels), 2):
        for j, panel in enumerate(panels[i:i + 2]):
            parts += make_panel(MARGIN + j * (COLUMN + MARGIN), y, *panel)
        y += HEAD + ROW * max(len(rows) for _, _, rows, *_ in panels[i:i + 2]) + MARGIN
    with open(path, 'w', encoding='utf-8') as file:
        file.write('<!-- SPDX-FileCopyrightText: 2026 The Earshot authors\n'
                   '     SPDX-License-Identifier: GPL-3.0-or-later -->\n'
                   f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" '
                   f'viewBox="0 0 {WIDTH} {y}" role="img" aria-label={quoteattr(description)}>\n'
                   f'  <style>{STYLE}  </style>\n')
        file.writelines(f'  {part}\n' for part in parts)
        file.write('</svg>\n')
