import type { FoundFault } from '../templates/check-templates.ts';
import type { TemplateCheckReport } from '../templates/run-check.ts';
import { wrap } from './wrap.ts';

/** In a sandbox, or where no organization was asked about, example links and a sender to come are no fault. */
export function hasFaults({
  faults,
  missing,
  exampleUrls,
  senderNotSet,
  organization,
}: TemplateCheckReport): boolean {
  if (faults.length > 0 || missing.length > 0) return true;
  const isReal = organization !== null && !organization.isSandbox;
  return isReal && (exampleUrls.length > 0 || senderNotSet.length > 0);
}

export function templateCheckJson(report: TemplateCheckReport): unknown {
  const { organization, faults } = report;
  return {
    ok: !hasFaults(report),
    folder: report.folder,
    templates: report.templates,
    organization: organization?.name ?? null,
    contacts_tried: organization?.contactsTried ?? 0,
    faults: faults.map(({ source, isInText, madeUp, ...fault }) => ({
      ...fault,
      value: source,
      in_text: isInText,
      made_up: madeUp,
    })),
    missing: report.missing.map(({ template, namedBy }) => ({ template, named_by: namedBy })),
    example_urls: report.exampleUrls,
    sender_not_set: report.senderNotSet,
  };
}

export function templateCheckText(report: TemplateCheckReport): string {
  const { faults, missing, organization } = report;
  const lines = faults.map((fault) => faultText(fault, organization?.contactsTried ?? 0));
  for (const { template, namedBy } of missing) {
    lines.push(wrap(`${template}: There is no such template; named by ${namedBy.join(', ')}.`, '', '  '));
  }
  return [...lines, ...notes(report), verdict(report)].join('\n');
}

function faultText({ file, line, reason, ...whom }: FoundFault, tried: number): string {
  const place = line === null ? file : `${file}:${line}`;
  const shown = [wrap(`${place}: ${reason}`, '', '  ')];
  // A text that is shared is wrong wherever it is named.
  if (file.split('/')[0] !== whom.templates[0])
    shown.push(wrap(`in ${whom.templates.join(', ')}`, '  ', '  '));
  if (whom.isInText) return shown.join('\n');
  const contacts = [
    ...whom.madeUp.map((each) => `a made-up contact ${each}`),
    ...(whom.contacts > 0
      ? [
          `${whom.contacts} of ${tried} contacts (such as ${whom.examples.map((id) => `id:${id}`).join(', ')})`,
        ]
      : []),
  ];
  return [...shown, wrap(`for ${contacts.join(', and for ')}`, '  ', '  ')].join('\n');
}

function notes({ exampleUrls, senderNotSet, organization }: TemplateCheckReport): string[] {
  const severity = organization !== null && !organization.isSandbox ? '' : 'Note: ';
  const notes: string[] = [];
  if (senderNotSet.length > 0) {
    notes.push(
      wrap(
        `${severity}${senderNotSet.join(' and ')} ${senderNotSet.length > 1 ? 'are' : 'is'} not set in scheduler.yaml: a placeholder stands in the mails, and no real organization can send so.`,
        '',
        '  ',
      ),
    );
  }
  if (exampleUrls.length > 0) {
    const hosts = [...new Set(exampleUrls.map(({ url }) => new URL(url).host))];
    const files = new Set(exampleUrls.map(({ file }) => file));
    notes.push(
      wrap(
        `${severity}${exampleUrls.length} click links in ${files.size} files lead to ${hosts.join(', ')}, which is nobody's: put your own addresses there.`,
        '',
        '  ',
      ),
    );
  }
  return notes;
}

function verdict(report: TemplateCheckReport): string {
  const { templates, organization } = report;
  const tried =
    organization === null ? '' : ` and ${organization.contactsTried} contacts of ${organization.name}`;
  const outcome = `${templates.length} templates in ${report.folder}, each for two made-up contacts${tried}`;
  if (!hasFaults(report)) return `${outcome}: no fault.`;
  const found = [
    ...(report.faults.length > 0 ? [counted(report.faults.length, 'fault')] : []),
    ...(report.missing.length > 0 ? [`${counted(report.missing.length, 'template')} missing`] : []),
    ...(report.faults.length + report.missing.length === 0 ? ['not ready for a real organization'] : []),
  ];
  return `${outcome}: ${found.join(', ')}.`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
