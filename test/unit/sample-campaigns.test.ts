/** config/sample/campaigns.yaml and the targets beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { readCampaignsFile } from '../../src/config/campaigns-file.ts';
import { readInstanceFields } from '../../src/db/campaign-fields/instance-fields.ts';
import { readTargetFields } from '../../src/db/campaign-fields/target-fields.ts';
import { shippedCampaignTypes } from '../model/defaults.ts';
import { generateTargets } from '../../tools/sample/generate-targets.ts';

const FOLDER = new URL('../../config/sample/', import.meta.url);
const { campaigns, findings, refusal } = await readCampaignsFile(
  fileURLToPath(new URL('campaigns.yaml', FOLDER)),
);
const targetFiles = readdirSync(FOLDER).filter((file) => file.startsWith('targets-'));

function rowsOf(file: string): Record<string, string>[] {
  return parse(readFileSync(new URL(file, FOLDER)), { columns: true }) as unknown as Record<string, string>[];
}

test('the sample has an instance of each type shipped', () => {
  expect({ findings, refusal: refusal([]) }).toEqual({ findings: [], refusal: null });
  expect(campaigns.flatMap(({ given }) => readInstanceFields(given, true).findings)).toEqual([]);
  expect(campaigns.map(({ given }) => given['type']).sort()).toEqual(
    shippedCampaignTypes()
      .map(({ name }) => name)
      .sort(),
  );
});

test('the files of targets are what tools/sample/generate-targets.ts makes', () => {
  const texts = targetFiles.map((file) => [file, readFileSync(new URL(file, FOLDER), 'utf8')] as const);
  expect(new Map(texts)).toEqual(new Map([...generateTargets()].sort()));
});

test.each(targetFiles)(
  '%s has targets of an instance of the sample, each once and as they should be',
  (file) => {
    const name = /^targets-(.*)\.csv$/.exec(file)![1];
    expect(campaigns.map(({ given }) => given['name'])).toContain(name);
    const rows = rowsOf(file);
    expect(new Set(rows.map((row) => row['external_id'])).size).toBe(rows.length);
    const wrong = rows.flatMap(({ trigger_date, metadata }) => {
      return readTargetFields({ trigger_date, ...(metadata === '' ? {} : { metadata }) }).findings;
    });
    expect(wrong).toEqual([]);
  },
);

test('contacts of the sample are in them, some of them in two', () => {
  const known = new Set(rowsOf('contacts.csv').map((row) => row['external_id']));
  const named = targetFiles.flatMap((file) => rowsOf(file).map((row) => row['external_id']));
  expect(named.filter((id) => !known.has(id))).toEqual([]);
  expect(new Set(named).size).toBeLessThan(named.length);
});
