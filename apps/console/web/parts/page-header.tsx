import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

interface PageHeaderProps {
  readonly title: string;
  /** Beside the title, such as a status. */
  readonly mark?: ReactNode;
  readonly description?: ReactNode;
  /** What one can do here. */
  readonly children?: ReactNode;
}

/** The one heading of a page, which the tab has too. */
export function PageHeader({ title, mark, description, children }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · Orderstream`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" mb="md">
      <Stack gap={2}>
        <Group gap="sm">
          <Title order={1} size="h3">
            {title}
          </Title>
          {mark}
        </Group>
        {description !== undefined && (
          <Text size="sm" c="dimmed" component="div">
            {description}
          </Text>
        )}
      </Stack>
      {children !== undefined && <Group gap="xs">{children}</Group>}
    </Group>
  );
}
