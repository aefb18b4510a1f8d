# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chart as SVG: a panel for each figure, a bar for each server; readable on light and on dark."""

from xml.sax.saxutils import escape

# key, title, unit, digits, whether less is better, whether the floor has it
PANELS = [
    ('fan_out_p50', 'Fan-out to the last client', 'ms', 0, True, True),
    ('delivery_cpu', 'Server CPU per delivery', 'µs', 1, True, True),
    ('memory', 'Memory per idle client', 'KiB', 1, True, False),
    ('log_ins', 'Log-ins', '/s', 0, False, False),
]

WIDTH = 760
MARGIN = 20
COLUMN = (WIDTH - 3 * MARGIN) // 2
LABEL = 78    # room for a server's name
VALUE = 84    # and for its figure
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


def make_panel(x, y, panel, medians, names):
    """One figure: the elements of its title and of its bars."""
    key, title, unit, digits, less, has_floor = panel
    if not has_floor:  # plain connections: no TLS, nobody logs in
        medians = {name: figures for name, figures in medians.items() if name != 'floor'}
    note = 'less is better' if less else 'more is better'
    longest = max(figures[key] for figures in medians.values()) or 1
    room = COLUMN - LABEL - VALUE
    parts = [f'<text class="title" x="{x}" y="{y + 14}">{escape(title)}</text>',
             f'<text class="note" x="{x}" y="{y + 30}">{note}</text>']
    for i, (name, figures) in enumerate(medians.items()):
        top = y + HEAD + i * ROW
        width = max(1, round(room * figures[key] / longest, 1))
        strong = ' class="strong"' if name == 'earshot' else ''
        bar = 'bar ours' if name == 'earshot' else 'bar'
        value = f'{figures[key]:,.{digits}f} {unit}'
        parts += [f'<text{strong} x="{x + LABEL - 8}" y="{top + 13}" text-anchor="end">{escape(names[name])}</text>',
                  f'<rect class="{bar}" x="{x + LABEL}" y="{top}" width="{width}" height="{BAR}" rx="3"/>',
                  f'<text{strong} x="{x + LABEL + width + 6:.1f}" y="{top + 13}">{escape(value)}</text>']
    return parts


def write_chart(path, medians, names, n_clients):
    """Draw PANELS of medians, {server: {key: figure}}, to path."""
    panel_height = HEAD + ROW * len(medians) + MARGIN
    height = TOP + panel_height * ((len(PANELS) + 1) // 2)
    parts = [f'<text class="title" x="{MARGIN}" y="24">{n_clients:,} clients, a broadcast of 200 bytes, '
             'server and load on the same two cores</text>']
    for i, panel in enumerate(PANELS):
        x = MARGIN + (i % 2) * (COLUMN + MARGIN)
        y = TOP + (i // 2) * panel_height
        parts += make_panel(x, y, panel, medians, names)
    with open(path, 'w', encoding='utf-8') as file:
        file.write('<!-- SPDX-FileCopyrightText: 2026 The Earshot authors\n'
                   '     SPDX-License-Identifier: GPL-3.0-or-later -->\n'
                   f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                   f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="earshotd beside other servers">\n'
                   f'  <style>{STYLE}  </style>\n')
        file.writelines(f'  {part}\n' for part in parts)
        file.write('</svg>\n')
