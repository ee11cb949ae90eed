/** The product's rules beside the hand-worked cases of campaigns (SPEC 3 to 8). */
import { loadHash32 } from '../../../src/domain/xxhash32.ts';
import { describeCampaignEdits } from '../../model/campaign-edit-cases.ts';
import { describeCampaignCases } from '../../model/campaign-cases.ts';
import type { ModelInput, ModelOutput } from '../../model/types.ts';
import { planByProduct } from '../../support/product-plan.ts';
import { asModelSays } from '../../support/row-comparison.ts';

const hash = await loadHash32();

function plan(input: ModelInput): ModelOutput {
  const output = planByProduct(input, hash);
  return { ...output, rows: output.rows.map(asModelSays) };
}

describeCampaignCases(plan);
describeCampaignEdits(plan);
