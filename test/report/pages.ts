/** What every page is read with, and must hold. */
import assert from 'node:assert/strict';
import { parseHTML } from 'linkedom';

export interface Element { textContent: string; getAttribute(name: string): string | null; querySelectorAll(selector: string): Iterable<Element> & { length: number }; querySelector(selector: string): Element | null }

export function parse(page: string): Element {
  return (parseHTML(page) as unknown as { document: Element }).document;
}

/** Throws at the first tag that is not closed in order: parsers repair what this refuses. */
export function assertBalanced(page: string): void {
  const open: string[] = [];
  for (const [, closing, name, selfClosing] of page.replace(/<style>[\s\S]*?<\/style>|<!doctype html>/g, '').matchAll(/<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|[^<>"])*?(\/?)>/g)) {
    if (selfClosing === '/' || ['meta', 'br'].includes(name)) continue;
    if (closing === '') open.push(name);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, []);
}

/** The page without images and style sheet, where the bytes mean nothing to a reader. */
export function readable(page: string): string {
  return page.replace(/data:image\/png;base64,[A-Za-z0-9+/=]+/g, '').replace(/<style>[\s\S]*?<\/style>/, '');
}

export function assertNoLoads(page: string): void {
  assert.doesNotMatch(page, /(?:src|href)="(?!#|data:)/);
  assert.doesNotMatch(page, /https?:\/\/(?!www\.w3\.org\/)|@import|url\((?!#)|<script|<link/);
}

/** What no page may say. */
export const BAD = /NaN|undefined|Infinity|null|\[object/;
/** A name that must be escaped. */
export const EVIL = '<img src=x onerror="a">&\'$&$1';

export const text = (page: string, selector: string): string =>
  parse(page).querySelector(selector)?.textContent ?? '';

/** The cells of all rows below an element. */
export const rowsOf = (root: Element): string[][] => [...root.querySelectorAll('tr')]
  .map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent));

/** What every page is: whole, self-contained, with a caption to every figure and a label to every chart. */
export function assertPage(page: string): void {
  assertBalanced(page);
  // Links to the runs' own reports load nothing.
  assertNoLoads(page.replace(/ href="\.\/[^"/]*\/report\.html"/g, ''));
  assert.doesNotMatch(readable(page), BAD);
  const document = parse(page);
  for (const figure of document.querySelectorAll('figure')) {
    assert.notEqual(figure.querySelector('figcaption')?.textContent ?? '', '');
  }
  for (const svg of document.querySelectorAll('svg.chart')) {
    assert.ok((svg.getAttribute('aria-label') ?? '').length > 10);
  }
}
