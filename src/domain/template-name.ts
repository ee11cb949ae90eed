/** Which names a mail's template may have. */

export const TEMPLATE_NAME_RULE = 'a name of 1 to 100 letters, digits, ".", "_" and "-"';

const TEMPLATE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export function isTemplateName(text: string): boolean {
  return TEMPLATE_NAME.test(text);
}
