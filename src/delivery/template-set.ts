/** The templates of a folder as they were at one moment, parsed as they are needed. */
import { Context, type Liquid, type Template } from 'liquidjs';
import type { MailVariables } from './mail-variables.ts';
import { plainSubject, plainText } from './plain-text.ts';
import { boundedOutput, createEngine, partialFile, type TemplateKind } from './template-engine.ts';
import { asTemplateFault, asTemplateFaults, TemplateFault, type Rendering } from './template-fault.ts';
import { LAYOUT_FOLDER, TEMPLATE_PARTS, type TemplateFile, type TemplatePart } from './template-files.ts';
import { clickLinks, type ClickLink } from './template-filters.ts';
import { reviewTemplate } from './template-review.ts';

export interface RenderedMail {
  /** One line. */
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** A click link as a template has it. */
export interface TemplateUrl {
  readonly file: string;
  readonly line: number | null;
  readonly url: string;
}

interface ReadTemplate {
  readonly parts: Partial<Readonly<Record<TemplatePart, readonly Template[]>>>;
  readonly faults: readonly TemplateFault[];
  readonly urls: readonly TemplateUrl[];
}

const NAMES_SHOWN = 50;

const KINDS: Readonly<Record<TemplatePart, TemplateKind>> = { subject: 'plain', html: 'html', text: 'plain' };

export class TemplateSet {
  /** Of all templates, in order. */
  readonly names: readonly string[];
  private readonly files: ReadonlyMap<string, TemplateFile>;
  private readonly engines: Readonly<Record<TemplateKind, Liquid>>;
  private readonly read = new Map<string, ReadTemplate>();

  constructor(files: ReadonlyMap<string, TemplateFile>) {
    this.files = files;
    const folders = new Set([...files.keys()].map((path) => path.split('/')[0]!));
    this.names = [...folders].filter((name) => name !== LAYOUT_FOLDER);
    const partial = (file: string): string | null => this.partialText(file);
    this.engines = { html: createEngine('html', partial), plain: createEngine('plain', partial) };
  }

  /** Everything that is wrong with its text, whatever the values are. */
  faultsOf(name: string): readonly TemplateFault[] {
    return this.template(name).faults;
  }

  urlsOf(name: string): readonly TemplateUrl[] {
    return this.template(name).urls;
  }

  /** @throws TemplateFault */
  render(name: string, variables: MailVariables, clickLink: ClickLink): RenderedMail {
    const { parts, faults } = this.template(name);
    if (faults[0] !== undefined) throw faults[0];
    const globals = { ...variables };
    clickLinks.set(globals, clickLink);
    const rendered = (part: TemplatePart): string => this.renderPart(name, part, parts[part]!, globals);
    return {
      subject: this.subject(name, rendered('subject')),
      html: rendered('html').trim(),
      text: plainText(rendered('text')),
    };
  }

  /** Everything that is wrong with rendering it for one mail, where `render` throws at the first. */
  faultsFor(name: string, variables: MailVariables, clickLink: ClickLink): readonly TemplateFault[] {
    const { parts, faults } = this.template(name);
    if (faults.length > 0) return faults;
    const globals = { ...variables };
    clickLinks.set(globals, clickLink);
    const found = TEMPLATE_PARTS.flatMap((part) => {
      const engine = this.engines[KINDS[part]];
      const options = { ...engine.options, catchAllErrors: true };
      try {
        const context = new Context({}, options, { sync: true, globals }, { liquid: engine });
        boundedOutput(engine.renderSync([...parts[part]!], context));
        return [];
      } catch (error) {
        return asTemplateFaults(error, this.rendering(name, part));
      }
    });
    return found.length > 0 ? found : this.faultOfWhole(name, variables, clickLink);
  }

  private faultOfWhole(name: string, variables: MailVariables, clickLink: ClickLink): TemplateFault[] {
    try {
      this.render(name, variables, clickLink);
      return [];
    } catch (error) {
      return [asTemplateFault(error, this.rendering(name, 'subject'))];
    }
  }

  private rendering(name: string, part: TemplatePart): Rendering {
    const file = fileOf(name, part);
    const hasText = (path: string, text: string): boolean => {
      const found = this.files.get(path);
      return found !== undefined && 'text' in found && found.text === text;
    };
    const fileWithText = (text: string): string | null =>
      hasText(file, text) ? file : ([...this.files.keys()].find((path) => hasText(path, text)) ?? null);
    return { template: name, file, fileWithText };
  }

  private renderPart(
    name: string,
    part: TemplatePart,
    template: readonly Template[],
    globals: object,
  ): string {
    try {
      // As globals, since partials see nothing else.
      const engine = this.engines[KINDS[part]];
      return boundedOutput(withoutStacks(() => engine.renderSync([...template], {}, { globals }) as unknown));
    } catch (error) {
      throw asTemplateFault(error, this.rendering(name, part));
    }
  }

  private subject(name: string, rendered: string): string {
    const subject = plainSubject(rendered);
    if (subject !== '') return subject;
    throw new TemplateFault(wholeFile(name, fileOf(name, 'subject')), 'It makes a subject of no text.');
  }

  private template(name: string): ReadTemplate {
    const known = this.read.get(name);
    if (known !== undefined) return known;
    const read = this.names.includes(name) ? this.readTemplate(name) : this.unknownTemplate(name);
    // Names that are not there come from outside: they are not kept.
    if (this.names.includes(name)) this.read.set(name, read);
    return read;
  }

  private readTemplate(name: string): ReadTemplate {
    const parts: Partial<Record<TemplatePart, readonly Template[]>> = {};
    const faults: TemplateFault[] = [];
    const urls: TemplateUrl[] = [];
    for (const part of TEMPLATE_PARTS) {
      const reader = new FileReader(this.engines[KINDS[part]], KINDS[part] === 'html', name, this.files);
      parts[part] = reader.readFile(fileOf(name, part), []);
      faults.push(...reader.faults);
      urls.push(...reader.urls);
    }
    return { parts, faults, urls };
  }

  private unknownTemplate(name: string): ReadTemplate {
    const more = this.names.length > NAMES_SHOWN ? ' and others' : '';
    const known = this.names.length === 0 ? 'none' : `${this.names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
    const reason = `There is no template of this name. The folder has ${known}.`;
    return { parts: {}, faults: [new TemplateFault(wholeFile(name, name), reason)], urls: [] };
  }

  private partialText(file: string): string | null {
    const found = file.startsWith(`${LAYOUT_FOLDER}/`) ? this.files.get(file) : undefined;
    return found !== undefined && 'text' in found ? found.text : null;
  }
}

/** Reads one part of a template with every file that it names. */
class FileReader {
  readonly faults: TemplateFault[] = [];
  readonly urls: TemplateUrl[] = [];
  private readonly engine: Liquid;
  private readonly isHtml: boolean;
  private readonly template: string;
  private readonly files: ReadonlyMap<string, TemplateFile>;
  private readonly seen = new Set<string>();

  constructor(engine: Liquid, isHtml: boolean, template: string, files: ReadonlyMap<string, TemplateFile>) {
    this.engine = engine;
    this.isHtml = isHtml;
    this.template = template;
    this.files = files;
  }

  /** @param within the files that name this one, outermost first */
  readFile(file: string, within: readonly string[]): readonly Template[] {
    this.seen.add(file);
    const found = this.files.get(file) ?? { problem: 'The file is not there.' };
    if ('problem' in found) {
      this.faults.push(new TemplateFault(wholeFile(this.template, file), found.problem));
      return [];
    }
    try {
      const templates = this.engine.parse(found.text, file);
      this.review(file, found.text, templates, [...within, file]);
      return templates;
    } catch (error) {
      this.faults.push(asTemplateFault(error, { template: this.template, file, fileWithText: () => file }));
      return [];
    }
  }

  private review(
    file: string,
    text: string,
    templates: readonly Template[],
    within: readonly string[],
  ): void {
    const { problems, references, urls } = reviewTemplate(text, templates, this.isHtml);
    const fault = (line: number | null, source: string | null, reason: string): void => {
      this.faults.push(new TemplateFault({ template: this.template, file, line, source }, reason));
    };
    for (const { line, source, reason } of problems) fault(line, source, reason);
    for (const { line, url } of urls) this.urls.push({ file, line, url });
    for (const { line, source, name, isForConstants } of references) {
      const path = partialFile(name);
      if (isForConstants && this.mayHoldValues(path)) {
        fault(
          line,
          source,
          `Inside of a tag only text can be rendered that has no values, which ${path} has.`,
        );
      }
      if (within.includes(path)) fault(line, source, `${path} includes itself.`);
      else if (!this.files.has(path)) fault(line, source, `There is no file ${path}.`);
      else if (!this.seen.has(path)) this.readFile(path, within);
    }
  }

  private mayHoldValues(path: string): boolean {
    const found = this.files.get(path);
    return found !== undefined && 'text' in found && VALUE_OR_PARTIAL.test(found.text);
  }
}

const VALUE_OR_PARTIAL = /\{\{|\{%-?\s*render\b/;

/** Whatever has a default and is missing is an error inside of the engine: its stack would be a fifth of the time. */
function withoutStacks<T>(render: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return render();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function fileOf(name: string, part: TemplatePart): string {
  return `${name}/${part}.liquid`;
}

function wholeFile(template: string, file: string) {
  return { template, file, line: null, source: null };
}
