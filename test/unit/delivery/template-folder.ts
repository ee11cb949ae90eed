/** Folders of templates that a test writes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { MailVariables } from '../../../src/delivery/mail-variables.ts';

export type Files = Readonly<Record<string, string>>;

/** A template `page` whose parts are these; those left out say something that is always right. */
export function page(parts: Partial<Record<'subject' | 'html' | 'text', string>>, more: Files = {}): Files {
  const { subject = 'A subject', html = '<p>A page</p>', text = 'A page' } = parts;
  return {
    'page/subject.liquid': subject,
    'page/html.liquid': html,
    'page/text.liquid': text,
    ...more,
  };
}

export function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'email-scheduler-templates-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  writeFiles(folder, files);
  return folder;
}

export const VARIABLES: MailVariables = {
  contact: { first_name: 'Ann', attributes: { agent: 'Bo' } },
  organization: { name: 'acme' },
  sender: { name: 'Acme Insurance', from: 'mail@acme.example', postal_address: '1 Main Street\nSpringfield' },
  mail: { type: 'birthday', event_date: '2026-11-23', send_date: '2026-11-09' },
  links: { unsubscribe: 'https://mail.acme.example/u/token?a=1&b=2' },
};

export function withFirstName(first_name: string): MailVariables {
  return { ...VARIABLES, contact: { ...VARIABLES.contact, first_name } };
}

export function signedLink(url: string, label: string): string {
  return `https://mail.acme.example/c/${label}?to=${encodeURIComponent(url)}&signed=1`;
}
