import { Button, Fieldset, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import type { HeaderField } from './draft';

interface HeadersFieldProps {
  /** Of the headers that the webhook has. */
  readonly names?: readonly string[];
  /** `undefined` while they are kept. */
  readonly headers: readonly HeaderField[] | undefined;
  readonly change: (headers: readonly HeaderField[] | undefined) => void;
}

const EMPTY: HeaderField = { name: '', value: '' };

/** Fixed headers of every request. Values are never shown again, so they are kept or replaced as a whole. */
export function HeadersField({ names = [], headers, change }: HeadersFieldProps) {
  return (
    <Fieldset legend="Extra headers">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Sent with every request, such as authorization. Only their names are ever shown again.
        </Text>
        {headers === undefined ? (
          <KeptHeaders names={names} replace={() => change(names.map((name) => ({ name, value: '' })))} />
        ) : (
          <EditedHeaders headers={headers} change={change} />
        )}
        {headers !== undefined && names.length > 0 && (
          <Button
            variant="subtle"
            size="xs"
            onClick={() => change(undefined)}
            style={{ alignSelf: 'flex-start' }}
          >
            Keep the present ones
          </Button>
        )}
      </Stack>
    </Fieldset>
  );
}

function KeptHeaders({
  names,
  replace,
}: {
  readonly names: readonly string[];
  readonly replace: () => void;
}) {
  return (
    <Group gap="sm">
      <Text size="sm">{names.length === 0 ? 'None.' : names.join(', ')}</Text>
      <Button variant="default" size="xs" onClick={replace}>
        {names.length === 0 ? 'Add headers' : 'Replace them'}
      </Button>
    </Group>
  );
}

function EditedHeaders({
  headers,
  change,
}: {
  readonly headers: readonly HeaderField[];
  readonly change: (headers: readonly HeaderField[]) => void;
}) {
  const put = (index: number, changed: Partial<HeaderField>) =>
    change(headers.map((header, at) => (at === index ? { ...header, ...changed } : header)));
  return (
    <>
      {headers.map(({ name, value }, index) => (
        <Group key={index} align="flex-end" gap="xs">
          <TextInput
            label="Name"
            placeholder="authorization"
            value={name}
            onChange={({ currentTarget }) => put(index, { name: currentTarget.value })}
            flex={1}
            miw={140}
          />
          <PasswordInput
            label="Value"
            autoComplete="off"
            value={value}
            onChange={({ currentTarget }) => put(index, { value: currentTarget.value })}
            flex={2}
            miw={160}
            visibilityToggleButtonProps={{ 'aria-label': `Show the value of ${name || 'the header'}` }}
          />
          <Button
            variant="default"
            onClick={() => change(headers.filter((_, at) => at !== index))}
            aria-label={`Remove ${name || 'the header'}`}
          >
            Remove
          </Button>
        </Group>
      ))}
      <Button
        variant="default"
        size="xs"
        onClick={() => change([...headers, EMPTY])}
        style={{ alignSelf: 'flex-start' }}
      >
        Add a header
      </Button>
    </>
  );
}
