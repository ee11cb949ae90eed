/** Which mails a suppression holds back (SPEC 3). */
export const SUPPRESSION_SCOPES = ['all', 'marketing'] as const;
export type SuppressionScope = (typeof SUPPRESSION_SCOPES)[number];

export function isSuppressionScope(text: string): text is SuppressionScope {
  return (SUPPRESSION_SCOPES as readonly string[]).includes(text);
}
