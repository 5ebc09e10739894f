/** The shell of every page, and the pieces that pages share. */
import { renumberClips } from './chart.ts';
import { typographic, UNKNOWN } from './format.ts';
import { html, Markup, type Part } from './markup.ts';
import { STYLE_SHEET } from './styleSheet.ts';

export interface Section {
  /** Anchor, unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly body: Part;
}

export interface Page {
  /** Plain text of the browser's title bar. */
  readonly title: string;
  readonly header: Markup;
  /** Between header and navigation: warnings. */
  readonly notices: Part;
  readonly sections: readonly Section[];
}

/** One self-contained HTML file. */
export function page({ title, header, notices, sections }: Page): string {
  const links = sections.map(({ id, title: name }) => html`<a href="#${id}">${name}</a> `);
  const body = sections.map(({ id, title: name, body: content }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>
${content}</section>
`);
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="generator" content="jeffreys-flow"><title>${title}</title><style>${new Markup(STYLE_SHEET)}</style></head>
<body><main><header>${header}</header>
${notices}
<nav aria-label="Sections">${links}</nav>
${body}</main></body></html>
`;
  return renumberClips(document.text);
}

/** A chart or a row of them with the sentence that says what to see. */
export function figure(content: Part, caption: Part): Markup {
  return html`<figure>${content}<figcaption>${caption}</figcaption></figure>`;
}

export interface Column {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'wide';
}

/** A cell: text is escaped, and "n/a" greyed. */
export type Cell = string | Markup;

export function cellText(cell: Cell): Part {
  if (cell === UNKNOWN) return html`<span class="unknown">${UNKNOWN}</span>`;
  return cell;
}

/** A table whose first column names the row; a row of one cell heads a group. `dense` fits many columns on the page. */
export function table(
  columns: readonly Column[], rows: readonly (readonly Cell[])[], caption: string | null = null, dense = false
): Markup {
  const cssClass = (column: Column): string => (column.kind === 'text' ? '' : column.kind);
  return html`<div class="scroll"><table${dense ? new Markup(' class="dense narrow"') : null}>${caption === null ? null : html`<caption>${caption}</caption>`}<thead><tr>${columns.map((column) => html`<th scope="col" class="${cssClass(column)}">${column.name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => tableRow(columns, row, cssClass))}</tbody></table></div>`;
}

function tableRow(columns: readonly Column[], row: readonly Cell[], cssClass: (column: Column) => string): Markup {
  if (row.length === 1) return html`<tr class="group"><th scope="rowgroup" colspan="${String(columns.length)}">${row[0]}</th></tr>
`;
  return html`<tr>${row.map((cell, i) => {
    const shown = columns[i].kind === 'number' && typeof cell === 'string' ? cellText(typographic(cell)) : cellText(cell);
    return i === 0 ? html`<th scope="row" class="${cssClass(columns[0])}">${shown}</th>` : html`<td class="${cssClass(columns[i])}">${shown}</td>`;
  })}</tr>
`;
}

/** Something long that a reader may open. */
export function folded(summary: string, content: Part): Markup {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}

/** Said where a section has nothing to show. */
export function nothing(reason: string): Markup {
  return html`<p class="muted">${reason}</p>`;
}
