/** A YAML text as plain values, with the line of every one of them. */
import type { Document, Pair, YAMLError } from 'yaml';
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import type { Path } from '../contracts/finding.ts';
import type { ConfigurationProblem } from './problem.ts';

export interface YamlText {
  /** `undefined` where the text is no readable YAML. */
  readonly value: unknown;
  readonly problems: readonly ConfigurationProblem[];
  /** The line of the key or list item at the path, or of the nearest one above it that is in the text. */
  readonly lineOf: (path: Path) => number;
}

export function readYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const faults = [...document.errors, ...document.warnings];
  // After a key that is there twice the rest can still be read; any other fault misleads about all that follows.
  const misleading = faults.find((fault) => fault.code !== 'DUPLICATE_KEY');
  const isReadable = misleading === undefined;
  const problems = (isReadable ? faults : [misleading]).map((fault) => syntaxProblem(file, fault, lines));
  const plain = isReadable ? toPlain(file, document) : { value: undefined, problems: [] };
  return {
    value: plain.value,
    problems: [...problems, ...plain.problems],
    lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
  };
}

function syntaxProblem(file: string, fault: YAMLError, lines: LineCounter): ConfigurationProblem {
  const { line, col } = lines.linePos(fault.pos[0]);
  return {
    file,
    line,
    path: '',
    value: '',
    allowed: 'YAML 1.2, every key once',
    message: `${syntaxMessage(fault).replace(/\.?$/, '')} (column ${col}).`,
  };
}

/** The parser's own words, but where they are meant for programmers. */
function syntaxMessage(fault: YAMLError): string {
  if (fault.code === 'MULTIPLE_DOCS') return 'The file has a second document after ---; leave one of them';
  return fault.message;
}

/** Aliases are resolved here; a text that multiplies itself through them is refused. */
function toPlain(file: string, document: Document): { value: unknown; problems: ConfigurationProblem[] } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, problems: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The aliases cannot be resolved: ${reason.replace(/\.?$/, '.')}`;
    return {
      value: undefined,
      problems: [
        { file, line: null, path: '', value: '', allowed: 'at most 100 uses of an anchor', message },
      ],
    };
  }
}

/** Where the deepest part of the path starts that the text itself has. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      // Of a key that is there twice, the last one's value is read.
      const pair: Pair | undefined = node.items.findLast(
        ({ key }) => isScalar(key) && String(key.value) === step,
      );
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
