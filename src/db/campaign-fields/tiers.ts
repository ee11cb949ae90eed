/** Campaign types and campaign instances, as entries of them are judged. */
import type { CampaignCatalog } from '../campaign-catalog.ts';
import type { Tier } from './entry.ts';
import {
  checkInstance,
  NEW_INSTANCE,
  readInstanceFields,
  type CampaignInstanceFields,
} from './instance-fields.ts';
import { checkType, NEW_TYPE, readTypeFields, type CampaignTypeFields } from './type-fields.ts';

export function typeTier(organization: string, { types }: CampaignCatalog): Tier<CampaignTypeFields> {
  return {
    organization,
    kind: 'type',
    stored: types,
    newRow: NEW_TYPE,
    read: readTypeFields,
    check: checkType,
  };
}

export function instanceTier(
  organization: string,
  { instances }: CampaignCatalog,
): Tier<CampaignInstanceFields> {
  return {
    organization,
    kind: 'instance',
    stored: instances,
    newRow: NEW_INSTANCE,
    read: readInstanceFields,
    check: checkInstance,
  };
}
