/** Tries every template and collects what is wrong with it. */
import { contactVariables, type ContactVariables } from '../../delivery/mail-variables.ts';
import type { TemplateFault } from '../../delivery/template-fault.ts';
import type { Templates } from '../../delivery/templates.ts';
import type { SampledContact } from '../../db/queries/sample-contacts.ts';
import {
  exampleMail,
  FULL_CONTACT,
  LEAST_CONTACT,
  unsignedLink,
  type Occasion,
} from './example-variables.ts';
import { useByName, type TemplateUse } from './template-uses.ts';

const EXAMPLES_SHOWN = 3;

/** The same thing at the same place, whomever it hit. */
export interface FoundFault {
  /** Where it shows; several share a partial. */
  readonly templates: readonly string[];
  readonly file: string;
  readonly line: number | null;
  readonly source: string | null;
  readonly reason: string;
  /** Whatever the values are; else it hit the contacts that follow. */
  readonly isInText: boolean;
  readonly madeUp: readonly string[];
  readonly contacts: number;
  /** Ids of the first of them. */
  readonly examples: readonly number[];
}

export interface TemplateCheck {
  readonly templates: readonly string[];
  readonly faults: readonly FoundFault[];
  /** Named and not there. */
  readonly missing: readonly { readonly template: string; readonly namedBy: readonly string[] }[];
  /** Click links that lead to a domain that is nobody's. */
  readonly exampleUrls: readonly {
    readonly file: string;
    readonly line: number | null;
    readonly url: string;
  }[];
}

export function checkTemplates(
  templates: Templates,
  uses: readonly TemplateUse[],
  contacts: readonly SampledContact[],
  occasion: Occasion,
): TemplateCheck {
  const collected = new FaultCollection();
  const real = contacts.map((contact) => ({ id: contact.id, variables: contactVariables(contact) }));
  const { names } = templates;
  for (const name of names) {
    const faults = templates.faultsOf(name);
    for (const fault of faults) collected.inText(fault);
    if (faults.length > 0) continue;
    const own = uses.filter(({ template }) => template === name);
    for (const use of own.length > 0 ? own : [useByName(name)]) {
      const faultsFor = (contact: ContactVariables): readonly TemplateFault[] =>
        templates.faultsFor(name, exampleMail(use, contact, occasion), unsignedLink);
      for (const fault of faultsFor(FULL_CONTACT)) collected.forMadeUp(fault, 'with everything');
      for (const fault of faultsFor(LEAST_CONTACT)) collected.forMadeUp(fault, 'with as little as possible');
      for (const { id, variables } of real) {
        for (const fault of faultsFor(variables)) collected.forContact(fault, id);
      }
    }
  }
  return {
    templates: names,
    faults: collected.faults(),
    missing: missingTemplates(names, uses),
    exampleUrls: exampleUrls(templates),
  };
}

interface Collected {
  readonly fault: TemplateFault;
  readonly templates: Set<string>;
  isInText: boolean;
  readonly madeUp: Set<string>;
  readonly contacts: Set<number>;
}

class FaultCollection {
  private readonly byPlace = new Map<string, Collected>();

  inText(fault: TemplateFault): void {
    this.at(fault).isInText = true;
  }

  forMadeUp(fault: TemplateFault, contact: string): void {
    this.at(fault).madeUp.add(contact);
  }

  forContact(fault: TemplateFault, contactId: number): void {
    this.at(fault).contacts.add(contactId);
  }

  faults(): FoundFault[] {
    return [...this.byPlace.values()].map(
      ({ fault: { at, reason }, templates, isInText, madeUp, contacts }) => ({
        templates: [...templates],
        file: at.file,
        line: at.line,
        source: at.source,
        reason,
        isInText,
        madeUp: [...madeUp],
        contacts: contacts.size,
        examples: [...contacts].slice(0, EXAMPLES_SHOWN),
      }),
    );
  }

  private at(fault: TemplateFault): Collected {
    const key = `${fault.detail.place ?? ''} ${fault.reason}`;
    const found = this.byPlace.get(key) ?? {
      fault,
      templates: new Set<string>(),
      isInText: false,
      madeUp: new Set<string>(),
      contacts: new Set<number>(),
    };
    found.templates.add(fault.at.template);
    this.byPlace.set(key, found);
    return found;
  }
}

function missingTemplates(names: readonly string[], uses: readonly TemplateUse[]): TemplateCheck['missing'] {
  const namedBy = new Map<string, Set<string>>();
  for (const use of uses) {
    if (names.includes(use.template)) continue;
    namedBy.set(use.template, (namedBy.get(use.template) ?? new Set()).add(use.namedBy));
  }
  return [...namedBy].map(([template, by]) => ({ template, namedBy: [...by] }));
}

/** Names that are reserved for examples (RFC 2606). */
const EXAMPLE_HOST = /(^|\.)(example|test|invalid|localhost|example\.(com|net|org))$/i;

function exampleUrls(templates: Templates): TemplateCheck['exampleUrls'] {
  const urls = templates.names.flatMap((name) => templates.urlsOf(name));
  return urls.filter(({ url }) => EXAMPLE_HOST.test(new URL(url).hostname));
}
