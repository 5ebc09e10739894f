/** HTML by tagged template: every interpolated string is escaped unless it is already {@link Markup}. */

/** Text that is known to be well-formed HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold. `null` and `false` leave nothing behind. */
export type Part = Markup | string | null | false | readonly Part[];

/** `text` made safe for HTML content and for double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function partText(part: Part): string {
  if (part === null || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (part instanceof Markup) return part.text;
  return part.map(partText).join('');
}

/** html`<p>${name}</p>` */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  let text = strings[0];
  parts.forEach((part, i) => {
    text += partText(part) + strings[i + 1];
  });
  return new Markup(text);
}
