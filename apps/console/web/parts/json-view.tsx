import { Button, Stack } from '@mantine/core';
import { Copy } from './copy';

/** A value as JSON text; whatever a customer typed is text, too. */
export function JsonView({ value, label }: { readonly value: unknown; readonly label: string }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return (
    <Stack gap={4}>
      <pre className="code" tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <Copy value={text}>
        {({ copied, copy }) => (
          <Button variant="subtle" size="compact-xs" onClick={copy} style={{ alignSelf: 'flex-end' }}>
            {copied ? 'Copied' : `Copy ${label}`}
          </Button>
        )}
      </Copy>
    </Stack>
  );
}
