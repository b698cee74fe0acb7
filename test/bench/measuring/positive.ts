/** The value of an option. @throws when it is no whole number from 1 */
export function positive(name: string, given: string | number): number {
  const number = Number(given);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name}: '${given}' is not a whole number from 1.`);
}
