import { ActionIcon, CheckIcon, Group, Text, Tooltip } from '@mantine/core';
import { Copy } from './copy';

/** An id, whole, with a button that copies it. */
export function Identifier({ value, label = 'id' }: { readonly value: string; readonly label?: string }) {
  return (
    <Group gap={4} wrap="nowrap" component="span" display="inline-flex">
      <Text span ff="monospace" size="sm">
        {value}
      </Text>
      <Copy value={value}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : `Copy ${label}`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={copy}
              aria-label={copied ? 'Copied' : `Copy ${label}`}
            >
              {copied ? <CheckIcon size={12} /> : <CopyIcon />}
            </ActionIcon>
          </Tooltip>
        )}
      </Copy>
    </Group>
  );
}

/** The end of a UUID, which tells two apart; the beginning is mostly a time. */
export const shortId = (id: string): string => (id.length > 12 ? `…${id.slice(-8)}` : id);

const CopyIcon = () => (
  <svg width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M3 10.5V4a1.5 1.5 0 0 1 1.5-1.5h6" />
  </svg>
);
