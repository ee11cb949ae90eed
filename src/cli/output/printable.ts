const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/gu;
const CONTROLS = /[^\P{Cc}\n]/gu;

/** Without what a terminal would obey: somebody's name may hold anything. Line breaks stay. */
export function printable(text: string): string {
  return text.replace(CONTROLS, '').replace(DIRECTIONS, '');
}
