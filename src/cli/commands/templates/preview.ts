import { Command } from 'commander';
import { jsonOption, organizationOption } from '../../options.ts';
import { withOrganization } from '../../with-database.ts';

interface PreviewOptions {
  readonly organization: string;
  readonly contact: string;
  readonly html?: string;
  readonly json?: true;
}

export function templatesPreviewCommand(): Command {
  return new Command('preview')
    .description('a template as one contact would get it: subject and text, and HTML into a file')
    .argument('<name>', 'the template, such as birthday')
    .requiredOption('--contact <id>', 'its id or external id; id:5 and external:5 tell them apart')
    .addOption(organizationOption('whose contact'))
    .option('--html <file>', 'write the HTML there')
    .addOption(jsonOption())
    .action(preview);
}

async function preview(template: string, options: PreviewOptions): Promise<void> {
  const [
    { previewTemplate },
    { templatePreviewJson, templatePreviewText },
    { openOutputFile },
    { writePreview },
  ] = await Promise.all([
    import('../../templates/preview-template.ts'),
    import('../../output/template-preview.ts'),
    import('../../output-file.ts'),
    import('../../templates/write-preview.ts'),
  ]);
  const file = options.html === undefined ? null : await openOutputFile(options.html, '--html');
  const shown = await withOrganization('templates preview', options.organization, (pool, organization) =>
    previewTemplate(pool, organization, template, options.contact),
  );
  if (file !== null) await writePreview(file, shown.mail.html);
  if (options.json) console.log(JSON.stringify(templatePreviewJson(shown), null, 2));
  else console.log(templatePreviewText(shown, file?.path ?? null));
}
