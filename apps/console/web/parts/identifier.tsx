import { ActionIcon, CopyButton, Group, Text, Tooltip } from '@mantine/core';

/** An id, whole, with a button that copies it. */
export function Identifier({ value, label = 'id' }: { readonly value: string; readonly label?: string }) {
  return (
    <Group gap={4} wrap="nowrap" component="span" display="inline-flex">
      <Text span ff="monospace" size="sm">
        {value}
      </Text>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : `Copy ${label}`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={copy}
              aria-label={copied ? 'Copied' : `Copy ${label}`}
            >
              {copied ? '✓' : '⧉'}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}

/** The end of a UUID, which tells two apart; the beginning is mostly a time. */
export const shortId = (id: string): string => (id.length > 12 ? `…${id.slice(-8)}` : id);
