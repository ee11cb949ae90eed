import { relative } from 'node:path';
import type { TemplatePreview } from '../templates/preview-template.ts';
import { wrap } from './wrap.ts';

export function templatePreviewJson(preview: TemplatePreview): unknown {
  return {
    template: preview.template,
    contact_id: preview.contactId,
    send_date: preview.sendDate,
    sender_not_set: preview.senderNotSet,
    ...preview.mail,
  };
}

/** @param file where the HTML was written */
export function templatePreviewText(preview: TemplatePreview, file: string | null): string {
  const { mail, sendDate, senderNotSet } = preview;
  const notes = [
    sendDate === null
      ? 'No mail to this contact uses the template: its dates are examples.'
      : `As on ${sendDate}, the day of the contact's mail that uses it.`,
    'Links are shown unsigned, and the one to unsubscribe leads nowhere.',
    ...(senderNotSet.length > 0
      ? [`${senderNotSet.join(' and ')} not set in scheduler.yaml: placeholders stand for it.`]
      : []),
    ...(file === null ? [] : [`HTML: ${relative('', file)}`]),
  ];
  const wrapped = mail.text.split('\n').map((line) => wrap(line, '', ''));
  return [`Subject: ${mail.subject}`, '', ...wrapped, ...notes.map((note) => wrap(note, '', '  '))].join(
    '\n',
  );
}
