/** The texts of a configuration, as they lie in a folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigurationProblem } from './problem.ts';
import { InvalidConfiguration } from './problem.ts';

export interface ConfigurationText {
  /** As it is named in errors. */
  readonly file: string;
  readonly text: string;
}

export interface ConfigurationSource {
  readonly scheduler: ConfigurationText;
  readonly rules: ConfigurationText;
}

const SCHEDULER_FILE = 'scheduler.yaml';
const RULES_FILE = 'state-rules.yaml';
const SHIPPED = 'copy the one that comes with the program';

/** Refuses files that cannot be read as text; what is in them is the concern of `parseConfiguration`. */
export async function readConfigurationFiles(folder: string): Promise<ConfigurationSource> {
  const [scheduler, rules] = await Promise.all([
    readText(join(folder, SCHEDULER_FILE), SHIPPED),
    readText(join(folder, RULES_FILE), SHIPPED),
  ]);
  const problems = [scheduler, rules].filter((result) => 'message' in result);
  if ('message' in scheduler || 'message' in rules) throw new InvalidConfiguration(problems);
  return { scheduler, rules };
}

const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** @param remedy what to do if it is not there */
export async function readText(
  file: string,
  remedy: string,
): Promise<ConfigurationText | ConfigurationProblem> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return wholeFileProblem(file, 'a file that can be read', unreadable(error, remedy));
  }
  if (bytes.length > MAX_FILE_BYTES) {
    const message = `The file has ${bytes.length} bytes; allowed: at most ${MAX_FILE_BYTES}.`;
    return wholeFileProblem(file, `at most ${MAX_FILE_BYTES} bytes`, message);
  }
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return wholeFileProblem(file, 'UTF-8 text', 'The file is not UTF-8 text; save it as UTF-8.');
  }
}

function unreadable(error: unknown, remedy: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `The file does not exist; ${remedy}.`;
  return `The file cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
}

export function wholeFileProblem(file: string, allowed: string, message: string): ConfigurationProblem {
  return { file, line: null, path: '', value: '', allowed, message };
}
