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
