/** `17:birthday::2027-03-04`, as metadata names a mail, as `birthday 2027-03-04`. */
export function nameOfText(text: string): string {
  const [, emailType, instance, eventDate] = text.split(':');
  return `${emailType}${instance === '' ? '' : ` (instance ${instance})`} ${eventDate}`;
}
