/** What is wrong with a template, said by its own text: never by a contact's values, which errors would carry away. */
import { LiquidError, type Token } from 'liquidjs';
import { SchedulerError } from '../contracts/errors.ts';

export interface FaultPlace {
  readonly template: string;
  /** Below the folder: `birthday/html.liquid`, `_layout/html.liquid`. */
  readonly file: string;
  /** `null`: the file as a whole. */
  readonly line: number | null;
  /** The place's own text, such as the variable that is missing. */
  readonly source: string | null;
}

export class TemplateFault extends SchedulerError {
  readonly at: FaultPlace;
  /** What is wrong there, without the place. */
  readonly reason: string;

  constructor(at: FaultPlace, reason: string) {
    const place = at.line === null ? at.file : `${at.file}:${at.line}`;
    super('TEMPLATE_FAULT', `Template "${at.template}", ${place}: ${reason}`, {
      place,
      ...(at.source === null ? {} : { value: at.source }),
    });
    this.at = at;
    this.reason = reason;
  }
}

/** Thrown by filters and outputs, which do not know where they stand. Its message holds no value. */
export class TemplateProblem extends Error {}

/** Where something was read or rendered when it failed. */
export interface Rendering {
  readonly template: string;
  readonly file: string;
  /** The file with that text: the engine's variables know their text and not their file. */
  readonly fileWithText: (text: string) => string | null;
}

/** What the engine threw, as a fault with its place. */
export function asTemplateFault(error: unknown, rendering: Rendering): TemplateFault {
  if (error instanceof TemplateFault) return error;
  const { template, fileWithText } = rendering;
  const token = LiquidError.is(error) ? error.token : null;
  const file = token === null ? rendering.file : (token.file ?? fileWithText(token.input) ?? rendering.file);
  const at = { template, file, line: lineOf(token), source: null };
  if (!(error instanceof Error)) return new TemplateFault(at, COULD_NOT_BE_RENDERED);
  const source = isNamedBySource(error) ? (token?.getText() ?? null) : null;
  return new TemplateFault({ ...at, source }, reasonOf(error, source));
}

/** As `asTemplateFault`, where the engine was told to go on and collect. */
export function asTemplateFaults(error: unknown, rendering: Rendering): TemplateFault[] {
  const { errors } = error as { readonly errors?: readonly unknown[] };
  if (!LiquidError.is(error) || errors === undefined) return [asTemplateFault(error, rendering)];
  return errors.flatMap((each) => asTemplateFaults(each, rendering));
}

export function lineOf(token: Token | null): number | null {
  return token?.getPosition()[0] ?? null;
}

const COULD_NOT_BE_RENDERED = 'It could not be rendered.';

const LIMITS: Readonly<Record<string, string>> = {
  'parse length limit exceeded': 'It is too long.',
  'memory alloc limit exceeded': 'It makes too much text or too long lists.',
  'template render limit exceeded': 'It takes too long: does it loop without an end?',
};

function isNamedBySource(error: Error): boolean {
  return error.name === 'UndefinedVariableError' || problemOf(error) !== null;
}

/** Only what is known to hold no value is repeated; the engine's errors while it renders may hold some. */
function reasonOf(error: Error, source: string | null): string {
  const problem = problemOf(error);
  if (problem !== null) return problem.message;
  if (error.name === 'UndefinedVariableError') {
    return `${source ?? 'a variable'} is missing: give it a default, or ask with "if" whether it is there.`;
  }
  const original = originalOf(error);
  if (original instanceof RangeError) return 'It goes too deep or makes too much text.';
  const limit = LIMITS[original.message];
  if (limit !== undefined) return limit;
  if (error.name === 'ParseError' || error.name === 'TokenizationError') {
    return `It cannot be read: ${original.message.replace(/, (file|line):.*$/s, '')}.`;
  }
  return COULD_NOT_BE_RENDERED;
}

function problemOf(error: Error): TemplateProblem | null {
  const original = originalOf(error);
  return original instanceof TemplateProblem ? original : null;
}

function originalOf(error: Error): Error {
  return (LiquidError.is(error) ? error.originalError : undefined) ?? error;
}
