/** A contact's value as the rules see it: trimmed; blank is missing (SPEC 3). */
export function cleanText(value: string | null): string | null {
  const trimmed = value?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}
