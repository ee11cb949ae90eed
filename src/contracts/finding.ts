/** What is wrong with a value that somebody gave, and where: commands, files and programs are answered by the same. */
import { SchedulerError, type ErrorCode } from './errors.ts';

/** Keys and list indexes from the top of what was given. */
export type Path = readonly (string | number)[];

export interface Finding {
  readonly path: Path;
  /** `undefined`: it is missing. */
  readonly value: unknown;
  readonly allowed: string;
  /** The path ends in a key that does not exist; `value` is the key. */
  readonly isUnknownKey?: true;
  /** A known condition that has a code of its own; default: a value that is not allowed. */
  readonly code?: ErrorCode;
  /** Said in place of the usual sentence. */
  readonly sentence?: string;
}

/** A whole sentence, without the place. */
export function findingSentence(finding: Finding): string {
  return finding.sentence ?? `${complaint(finding)}; allowed: ${finding.allowed}.`;
}

function complaint({ isUnknownKey, value }: Finding): string {
  if (isUnknownKey === true) return 'this key is not known here';
  return value === undefined ? 'a value is missing' : `${valueText(value)} is not allowed`;
}

const PLAIN_KEY = /^[A-Za-z0-9_-]+$/;

/** `load.daily_cap_percent`, `rules[3].state`; empty: the whole document. */
export function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      return `${index === 0 ? '' : '.'}${PLAIN_KEY.test(step) ? step : JSON.stringify(step)}`;
    })
    .join('');
}

const MAX_VALUE_LENGTH = 100;

/** A value as it is shown to people; long ones are cut. */
export function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}

/** Refuses what was given, with everything that is wrong with it at once. */
export class Refusal extends SchedulerError {
  readonly findings: readonly Finding[];

  /** @param placeText how a path is called where the values were given */
  constructor(findings: readonly Finding[], placeText: (path: Path) => string = pathText) {
    const [first] = findings;
    if (first === undefined) throw new RangeError('Nothing is refused without a finding.');
    const text = typeof first.value === 'string' ? first.value : valueText(first.value);
    const value = first.value === undefined ? {} : { value: text };
    super(codeOf(findings), messageOf(findings, placeText), {
      place: placeText(first.path),
      ...value,
      allowed: first.allowed,
    });
    this.name = 'Refusal';
    this.findings = findings;
  }
}

/** Of several different ones, some value has to be corrected first. */
function codeOf(findings: readonly Finding[]): ErrorCode {
  const codes = new Set(findings.map(({ code }) => code ?? 'INVALID_INPUT'));
  return codes.size === 1 ? [...codes][0]! : 'INVALID_INPUT';
}

function messageOf(findings: readonly Finding[], placeText: (path: Path) => string): string {
  const lines = findings.map((finding) => {
    const place = placeText(finding.path);
    const isPlaced = finding.sentence === undefined && place !== '';
    return `${isPlaced ? `${place}: ` : ''}${findingSentence(finding)}`;
  });
  if (lines.length === 1) return lines[0]!;
  return [
    `There are ${lines.length} problems; nothing was stored.`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}
