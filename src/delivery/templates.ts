/** A folder of templates: read once, and again when its files have changed. */
import { SchedulerError } from '../contracts/errors.ts';
import type { MailVariables } from './mail-variables.ts';
import { listTemplateFiles, readTemplateFile, type ListedFiles } from './template-files.ts';
import type { TemplateFault } from './template-fault.ts';
import type { ClickLink } from './template-filters.ts';
import { TemplateSet, type RenderedMail, type TemplateUrl } from './template-set.ts';

const LOOK_EVERY_MS = 1_000;

export class Templates {
  readonly folder: string;
  private readonly nowMs: () => number;
  private set: TemplateSet | null = null;
  /** Of the files that `set` was read from. */
  private signature = '';
  private lastSignature = '';
  private lookedAtMs = -Infinity;

  /** @param nowMs a clock that only goes forwards */
  constructor(folder: string, nowMs: () => number = () => performance.now()) {
    this.folder = folder;
    this.nowMs = nowMs;
  }

  get names(): readonly string[] {
    return this.current().names;
  }

  /** Everything that is wrong with a template's text. */
  faultsOf(name: string): readonly TemplateFault[] {
    return this.current().faultsOf(name);
  }

  /** Everything that is wrong with rendering it for one mail; of a text that is wrong, what is wrong with that. */
  faultsFor(name: string, variables: MailVariables, clickLink: ClickLink): readonly TemplateFault[] {
    return this.current().faultsFor(name, variables, clickLink);
  }

  urlsOf(name: string): readonly TemplateUrl[] {
    return this.current().urlsOf(name);
  }

  /** @throws SchedulerError TEMPLATE_FAULT, a `TemplateFault` where it is of this template; no value is in it */
  render(name: string, variables: MailVariables, clickLink: ClickLink): RenderedMail {
    return this.current().render(name, variables, clickLink);
  }

  private current(): TemplateSet {
    const now = this.nowMs();
    if (this.set !== null && now - this.lookedAtMs < LOOK_EVERY_MS) return this.set;
    this.lookedAtMs = now;
    const { paths, signature } = this.list();
    // A file that is being written is taken when it has stayed as it is from one look to the next.
    const isSettled = this.set === null || signature === this.lastSignature;
    this.lastSignature = signature;
    if (this.set !== null && (signature === this.signature || !isSettled)) return this.set;
    this.signature = signature;
    this.set = new TemplateSet(new Map(paths.map((path) => [path, readTemplateFile(this.folder, path)])));
    return this.set;
  }

  private list(): ListedFiles {
    try {
      return listTemplateFiles(this.folder);
    } catch (error) {
      // What was read before is not what the folder says now.
      this.set = null;
      throw unreadable(this.folder, error);
    }
  }
}

function unreadable(folder: string, error: unknown): SchedulerError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new SchedulerError(
    'TEMPLATE_FAULT',
    `The folder of templates, ${folder}, cannot be read: ${code ?? message}. EMAIL_SCHEDULER_TEMPLATES names another one.`,
    { place: folder },
  );
}
