import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSession } from '../app/session';

interface TenantLinkProps {
  readonly to: string;
  /** Whose it is; undefined: of the tenant that is picked already. */
  readonly tenant?: string | undefined;
  readonly search?: Readonly<Record<string, string | undefined>>;
  readonly isText?: boolean;
  /** It opens something on the same page, whose filters stay. */
  readonly isHere?: boolean;
  readonly children: ReactNode;
}

/** Leads to something of a tenant, and has an operator act for that tenant there. Ids unless it is text. */
export function TenantLink({
  to,
  tenant,
  search = {},
  isText = false,
  isHere = false,
  children,
}: TenantLinkProps) {
  const session = useSession();
  const picked = tenant === session.tenant ? undefined : tenant;
  const next = (given: object) => ({
    ...(isHere && given),
    ...search,
    ...(tenant !== undefined && { tenant: picked }),
  });
  return (
    <Anchor
      component={Link}
      to={to}
      search={next as never}
      size="sm"
      {...(!isText && { ff: 'monospace', className: 'nowrap' })}
    >
      {children}
    </Anchor>
  );
}
