import { Stack, Text } from '@mantine/core';
import { JsonView } from '../../../parts/json-view';
import { countText } from '../../../parts/numbers';
import type { DetailedDelivery } from '../subscription';

const OMITTED: Readonly<Record<string, string>> = {
  'too-large': 'It is larger than 256 KiB, so it is not shown.',
  gone: 'Its events are gone from the log.',
  unknown: 'Its form is not known any more.',
};

/** The body of a request, or why it is not shown. */
export function RequestBody({ body, bytes, omitted, contentType }: DetailedDelivery['request']) {
  const size = bytes === undefined ? '' : `${countText(bytes)} bytes`;
  const what = [contentType, size].filter((text) => text).join(', ');
  return (
    <Stack gap="xs">
      {what !== '' && (
        <Text size="sm" c="dimmed">
          {what}
        </Text>
      )}
      {body === undefined ? (
        <Text size="sm">{OMITTED[omitted ?? ''] ?? 'It is not known.'}</Text>
      ) : (
        <JsonView label="body" value={readable(body)} />
      )}
    </Stack>
  );
}

/** JSON with line breaks; anything else as it is. */
function readable(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
