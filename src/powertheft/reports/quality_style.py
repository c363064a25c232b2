"""The style sheet of printed pages. Rule of the room: show what it is given."""

STYLE = """
@page { size: A4; margin: 14mm 13mm 16mm }
* { box-sizing: border-box }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact }
body { margin: 0 auto; max-width: 1020px; padding: 30px 34px 60px; color: #1f2933; background: #fff;
  font: 14px/1.45 "Segoe UI", "Helvetica Neue", "Noto Sans", Arial, sans-serif; font-variant-numeric: tabular-nums }
h1 { font-size: 27px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.3px }
h2 { font-size: 17px; margin: 34px 0 4px; break-after: avoid }
h3 { font-size: 14px; margin: 18px 0 4px; break-after: avoid }
p { margin: 0 0 8px; max-width: 76ch } .quiet, small { color: #52606d } small { font-size: 12px }
header { border-bottom: 3px solid #0b7285; padding-bottom: 12px; margin-bottom: 16px }
.verdict { font-size: 17px; margin: 14px 0 4px; max-width: 70ch }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 16px 0 4px }
.figure { border-left: 4px solid #cbd2d9; padding: 1px 0 1px 11px; break-inside: avoid }
.figure b { display: block; font-size: 23px; line-height: 1.2; font-weight: 600 }
.figure.error { border-color: #b42318 } .figure.warning { border-color: #c77700 } .figure.good { border-color: #0b7285 }
table { border-collapse: collapse; width: 100%; margin: 8px 0 4px }
thead { display: table-header-group } tr { break-inside: avoid }
th { text-align: left; font-weight: 600; font-size: 12px; color: #52606d;
  border-bottom: 1.5px solid #9aa5b1; padding: 3px 10px 3px 0; vertical-align: bottom }
td { border-bottom: 1px solid #e4e7eb; padding: 6px 10px 6px 0; vertical-align: top }
td:last-child, th:last-child { padding-right: 0 } .number { text-align: right; white-space: nowrap }
.word { white-space: nowrap } code { font: 12.5px "Cascadia Mono", "DejaVu Sans Mono", Consolas, monospace }
.grade { display: inline-block; width: 64px; font-size: 12px; font-weight: 600; text-align: center; border-radius: 3px;
  padding: 1px 0; border: 1px solid }
.grade.error { color: #fff; background: #b42318; border-color: #b42318 }
.grade.warning { color: #7a4a00; background: #fff3d6; border-color: #e0b050 }
.grade.note { color: #52606d; background: #fff; border-color: #cbd2d9 }
.what { min-width: 300px } .what p { margin: 0 0 3px } svg { display: block }
.dimensions { display: grid; grid-template-columns: repeat(3, 1fr); gap: 10px; margin: 10px 0 }
.dimension { border: 1px solid #cbd2d9; border-radius: 5px; padding: 8px 11px; break-inside: avoid }
.dimension b { text-transform: capitalize } .dimension p { margin: 0; font-size: 13px }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 26px; align-items: start }
.pair > div { break-inside: avoid }
footer { margin-top: 34px; border-top: 1px solid #cbd2d9; padding-top: 8px; color: #52606d; font-size: 12px }
@media print { body { padding: 0; max-width: none; font-size: 10.5pt } h2 { margin-top: 22px } }
@media (max-width: 720px) { .figures, .dimensions, .pair { grid-template-columns: 1fr 1fr } body { padding: 16px } }
"""
