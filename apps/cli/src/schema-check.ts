import {
  type CheckedSchemas,
  checkedSchemas,
  findingText,
  registryDifferences,
  type RegistryDifferences,
} from '#libs/contracts/schema-life';
import { readSchemaTexts, RefusedSchemaError, RegistryClient, schemaFolder } from '#libs/kafka';
import type { Settings } from '#libs/platform';

/** @param folder default: that of this version */
export function checkSchemas(folder = schemaFolder()): CheckedSchemas {
  const texts = readSchemaTexts(folder);
  // Nothing agrees with everything, so that a wrong path would pass.
  if (texts.size === 0) throw new Error(`there are no schemas in ${folder}`);
  return checkedSchemas(texts);
}

export async function checkRegistry(
  { files, releases }: Pick<CheckedSchemas, 'files' | 'releases'>,
  { kafka }: Settings,
): Promise<RegistryDifferences> {
  const subjects = files.events.map(({ subject }) => subject);
  const registered = await new RegistryClient(kafka.registry).subjects(subjects);
  return registryDifferences(files.events, releases, registered);
}

/** A registry that was set up anew knows no older versions, and would take a schema that breaks them. */
export function refuseBrokenSchemas(): void {
  const { brokenPromises } = checkSchemas();
  if (brokenPromises.length === 0) return;
  const problems = brokenPromises.map(findingText).join('\n');
  throw new Error(`no schema was registered, because this version breaks promises:\n${problems}`);
}

/** Says in our words why the registry refused a schema, if that follows from the versions that it has. */
export async function explainRefusal(error: unknown, settings: Settings): Promise<never> {
  if (!(error instanceof RefusedSchemaError)) throw error;
  const { files, releases } = checkSchemas();
  const events = files.events.filter(({ subject }) => subject === error.subject);
  // A registry that does not answer is the reason by itself.
  const differences = await checkRegistry({ files: { ...files, events }, releases }, settings).catch(
    () => undefined,
  );
  if (!differences || differences.wrong.length === 0) throw error;
  const problems = differences.wrong.map(findingText).join('\n');
  throw new Error(`${error.message}\n${problems}`, { cause: error });
}
