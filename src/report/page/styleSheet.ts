/**
 * The page's one style sheet: system fonts, a restrained colour-blind-safe palette (after Okabe and Ito), light, dark,
 * print.
 */

const LIGHT = `--paper:#fdfdfc;--ink:#1b1f24;--muted:#5b646e;--rule:#dfe2e6;--panel:#f4f5f6;--pt:#c98a00;--flow:#0072b2;--weighted:#c44601;--third:#00785a;
--good:#00684e;--good-ground:#e8f4ef;--warn:#9a3b00;--warn-ground:#fdf0e6;--note:#2b5c85;--note-ground:#ecf3f9;`;
const DARK = `--paper:#15181c;--ink:#e7e9ec;--muted:#a0a8b1;--rule:#343a42;--panel:#1d2126;--pt:#e6b23c;--flow:#5cb4ec;--weighted:#ff8f57;--third:#4cc9a0;
--good:#6fd6b0;--good-ground:#16302a;--warn:#ffb489;--warn-ground:#3a2317;--note:#9cc8ee;--note-ground:#1a2b3b;`;

export const STYLE_SHEET = `
:root{color-scheme:light dark;${LIGHT}}
.for-dark{display:none}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}.for-light{display:none}.for-dark{display:inline}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1200px;margin:0 auto;padding:40px 28px 72px}
h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:0}
h2{font-size:19px;line-height:1.3;font-weight:650;letter-spacing:-.005em;margin:56px 0 4px;padding-top:14px;border-top:1px solid var(--rule)}
h3{font-size:14px;font-weight:650;margin:20px 0 6px}
p{margin:6px 0;max-width:76ch}
.lead,figcaption,.muted{color:var(--muted)}
.lead{margin:2px 0 14px}
header .facts{display:flex;flex-wrap:wrap;gap:2px 22px;margin:10px 0 0;padding:0;list-style:none;color:var(--muted)}
header .facts b{color:var(--ink);font-weight:600}
nav{margin:14px 0 0;font-size:13px}nav a{color:var(--note);text-decoration:none;margin-right:14px}nav a:hover{text-decoration:underline}
.notices{margin:24px 0 0;padding:0;list-style:none;display:grid;gap:8px}
.notices li{padding:10px 14px;border-radius:6px;border-left:4px solid;max-width:none}
.notices .good{color:var(--good);background:var(--good-ground)}
.notices .warning{color:var(--warn);background:var(--warn-ground)}
.notices .note{color:var(--note);background:var(--note-ground)}
.notices b{font-weight:650}
.headline{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:1px;background:var(--rule);border:1px solid var(--rule);border-radius:8px;overflow:hidden;margin:18px 0 0}
.headline>div{background:var(--paper);padding:14px 16px}
.headline dt{font-size:13px;color:var(--muted)}
.headline dd{margin:0}
.headline .value{font-size:25px;line-height:1.3;font-weight:620;letter-spacing:-.01em}
.headline .value small{font-size:15px;font-weight:500;color:var(--muted);letter-spacing:0}
.headline .context{font-size:12.5px;line-height:1.4;color:var(--muted)}
figure{margin:14px 0 0;min-width:0}
figure>h3,figure h3{margin:0 0 2px}
figcaption{font-size:13px;line-height:1.45;margin-top:6px;max-width:90ch}
.panels{display:grid;gap:14px 20px}.panels+.panels{margin-top:18px}
.four{grid-template-columns:repeat(4,minmax(0,1fr))}.three{grid-template-columns:repeat(3,minmax(0,1fr))}.two{grid-template-columns:repeat(2,minmax(0,1fr));gap:14px 36px}.small{grid-template-columns:repeat(auto-fill,minmax(250px,1fr))}
.modes{grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:14px 36px}.modes th:first-child{min-width:11ch}
.stages{grid-template-columns:repeat(var(--columns),minmax(0,1fr));gap:0 10px}
.figures-list{margin:10px 0;padding:0;list-style:none;max-width:90ch}.figures-list li{margin:4px 0}
@media (max-width:900px){.headline{grid-template-columns:repeat(2,minmax(0,1fr))}.modes{grid-template-columns:minmax(0,1fr)}.four,.small{grid-template-columns:repeat(2,minmax(0,1fr))}.two,.three{grid-template-columns:minmax(0,1fr)}}
.chart{--plot-background:var(--paper);display:block;max-width:100%;height:auto;font:11px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow:visible}
.chart text,.chart tspan{white-space:pre}
.key{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px;color:var(--muted);margin:10px 0 0;max-width:none}.key svg{vertical-align:-1px;margin-right:3px}
.scroll{overflow-x:auto;margin-top:12px}
table{border-collapse:collapse;font-size:13.5px;line-height:1.4}
caption{text-align:left;color:var(--muted);font-size:13px;padding-bottom:6px}
th,td{padding:5px 14px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:600;color:var(--muted);border-bottom-color:var(--muted);vertical-align:bottom}
tbody th{font-weight:500}th a,td a{color:var(--note)}
.number{text-align:right;white-space:nowrap}
td.wide{min-width:32ch;max-width:68ch;color:var(--muted)}
tr.group th{padding-top:18px;font-weight:650;border-bottom-color:var(--muted)}
.dense{font-size:12.5px;width:100%}.dense th,.dense td{padding-right:10px}.dense .first{padding-left:14px}.dense thead th{white-space:normal}
.narrow{font-size:12px}.narrow th,.narrow td{padding-right:7px}
details{margin-top:12px}summary{cursor:pointer;color:var(--note);font-size:13.5px}
.flag{color:var(--warn);font-weight:650;white-space:nowrap}
.best{font-weight:700}
.unknown{color:var(--muted)}
pre,code{font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{background:var(--panel);border-radius:6px;padding:14px 16px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.settings{display:grid;grid-template-columns:repeat(auto-fill,minmax(260px,1fr));gap:0 36px;font-size:13.5px;margin:10px 0}.settings>div{display:flex;justify-content:space-between;gap:16px;padding:4px 0;border-bottom:1px solid var(--rule)}.settings dt{color:var(--muted)}.settings dd{margin:0;text-align:right;overflow-wrap:anywhere}
.grid-head{font-size:12.5px;color:var(--muted);text-align:center}
@media print{body{font-size:10.5pt;background:#fff}main{padding:0;max-width:none}nav{display:none}h2{margin-top:24px;break-after:avoid}figure,tr,.headline,.notices li{break-inside:avoid}.notices li,.headline,pre{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit}}
`;
