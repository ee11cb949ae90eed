/** A YAML file of campaigns (SPEC 15): two lists of mappings. What is in a mapping is checked by who stores it. */
import type { Finding, Path } from '../contracts/finding.ts';
import { toProblem } from './finding.ts';
import { isMapping, type Mapping } from './json.ts';
import { InvalidConfiguration, sortProblems, type ConfigurationProblem } from './problem.ts';
import { readText, wholeFileProblem } from './source.ts';
import { readYaml, type YamlText } from './yaml-text.ts';

export interface CampaignsFile {
  readonly campaigns: readonly ListedCampaign[];
  /** What is wrong around them. */
  readonly findings: readonly Finding[];
  /** Refuses the file for all of the findings, and for what is wrong with it as YAML; `null`: there is nothing. */
  readonly refusal: (findings: readonly Finding[]) => InvalidConfiguration | null;
}

interface ListedCampaign {
  readonly kind: 'type' | 'instance';
  readonly path: Path;
  readonly given: Mapping;
}

const LISTS = { campaign_types: 'type', campaign_instances: 'instance' } as const;
const MAX_CAMPAIGNS = 1000;

/** @throws InvalidConfiguration if it cannot be read as YAML */
export async function readCampaignsFile(file: string): Promise<CampaignsFile> {
  const read = await readText(file, 'check its path');
  if ('message' in read) throw refuse(file, [read]);
  const yaml = readYaml(file, read.text);
  if (yaml.value === undefined) throw refuse(file, yaml.problems);
  if (yaml.value === null) {
    const message = 'The file is empty; it needs campaign_types, campaign_instances or both.';
    throw refuse(file, [wholeFileProblem(file, 'campaign_types and campaign_instances', message)]);
  }
  return {
    ...listed(yaml.value),
    refusal: (findings) => {
      const problems = [...yaml.problems, ...findings.map((finding) => placed(finding, file, yaml))];
      return problems.length === 0 ? null : refuse(file, problems);
    },
  };
}

function refuse(file: string, problems: readonly ConfigurationProblem[]): InvalidConfiguration {
  return new InvalidConfiguration(sortProblems(problems), `${file} is not imported: it`);
}

function placed(finding: Finding, file: string, yaml: YamlText): ConfigurationProblem {
  return toProblem(finding, file, yaml.lineOf);
}

function listed(document: unknown): Pick<CampaignsFile, 'campaigns' | 'findings'> {
  const keys = `the keys ${Object.keys(LISTS).join(' and ')}`;
  if (!isMapping(document)) {
    return { campaigns: [], findings: [{ path: [], value: document, allowed: `a mapping with ${keys}` }] };
  }
  const campaigns: ListedCampaign[] = [];
  const findings: Finding[] = [];
  for (const [key, list] of Object.entries(document)) {
    if (!Object.hasOwn(LISTS, key)) {
      findings.push({ path: [key], value: key, allowed: keys, isUnknownKey: true });
    } else if (list === null) {
      continue;
    } else if (!Array.isArray(list) || list.length > MAX_CAMPAIGNS) {
      findings.push({ path: [key], value: list, allowed: `a list of at most ${MAX_CAMPAIGNS} mappings` });
    } else {
      const kind = LISTS[key as keyof typeof LISTS];
      for (const [index, given] of list.entries()) {
        const path = [key, index];
        if (isMapping(given)) campaigns.push({ kind, path, given });
        else findings.push({ path, value: given, allowed: `a mapping that describes one campaign ${kind}` });
      }
    }
  }
  return { campaigns, findings };
}
