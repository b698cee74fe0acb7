import { escapeHtml, oneLine } from './safe-text.js';

/** What a mail says. Its parts may hold typed text: only the functions below turn it into a mail. */
export interface MailPage {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Label and value each. */
  readonly rows: readonly (readonly [label: string, value: string])[];
}

export const pageAsText = ({ paragraphs, rows }: MailPage): string =>
  [
    ...paragraphs.map(oneLine),
    rows.map(([label, value]) => `${oneLine(label)}: ${oneLine(value)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n');

const shown = (text: string): string => escapeHtml(oneLine(text));

export const pageAsHtml = ({ title, paragraphs, rows }: MailPage): string =>
  [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${shown(title)}</title></head>`,
    '<body style="font-family: sans-serif; line-height: 1.5">',
    `<h1 style="font-size: 1.25em">${shown(title)}</h1>`,
    ...paragraphs.map((paragraph) => `<p>${shown(paragraph)}</p>`),
    ...(rows.length === 0 ? [] : ['<table>', ...rows.map(asTableRow), '</table>']),
    '</body></html>',
    '',
  ].join('\n');

const asTableRow = ([label, value]: readonly [string, string]): string =>
  `<tr><td style="padding-right: 2em">${shown(label)}</td><td align="right">${shown(value)}</td></tr>`;
