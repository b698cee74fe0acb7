import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The options that every bench has. */
const COMMON = {
  json: { type: 'string' },
  'forgetful-postgres': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<Own extends Options> = ReturnType<typeof parseArgs<{ options: Own & typeof COMMON }>>['values'];

/** @returns nothing when help was all that was asked for. @throws with what is wrong */
export function valuesIn<const Own extends Options>(
  args: string[],
  help: string,
  own: Own,
): Values<Own> | undefined {
  const { values } = parseArgs({ args, options: { ...own, ...COMMON } });
  if (!(values as { help: boolean }).help) return values;
  process.stdout.write(`${help}\n`);
  return undefined;
}

export const common = (values: Values<{}>) => ({
  json: values.json,
  forgetfulPostgres: values['forgetful-postgres'],
});

/** The value of an option. @throws when it is no whole number from 1 */
export function positive(name: string, given: string | number): number {
  const number = Number(given);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name}: '${given}' is not a whole number from 1.`);
}

/** A list, or what is meant without one. @throws when it has what is no whole number from 1 */
export const positives = (name: string, given: string | undefined, otherwise: readonly number[]): number[] =>
  (given?.split(',') ?? otherwise).map((each) => positive(name, each));

/** The sections that `--only` names; all of them without it. */
export function sectionsIn<Section extends string>(
  sections: Readonly<Record<Section, unknown>>,
  only: string | undefined,
): Section[] {
  return (only?.split(',') ?? Object.keys(sections)).map((given) => {
    if (given in sections) return given as Section;
    throw new Error(`--only: there is no section '${given}'.`);
  });
}
