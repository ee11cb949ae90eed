import { Option } from 'commander';
import { SUPPRESSION_SCOPES, type SuppressionScope } from '../../../contracts/suppression.ts';

/** `--scope all|marketing`. */
export function scopeOption(description: string): Option {
  return new Option('--scope <scope>', description).choices(SUPPRESSION_SCOPES);
}

/** What a scope holds back (SPEC 3). */
export function scopeText(scope: SuppressionScope): string {
  return scope === 'all' ? 'all mails' : 'marketing';
}
