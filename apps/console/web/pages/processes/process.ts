import type { Answer, Item } from '../../api/answer';

export type Process = Answer<'/v1/processes/{processId}'>;

/** Its tenant is known where those of all tenants are listed. */
export type ListedProcess = Item<'/v1/processes'> & Partial<Item<'/v1/operations/processes'>>;

export const PROCESS_STATES = ['stuck', 'running', 'waiting', 'completed', 'compensated'] as const;

const OVER = new Set(['completed', 'compensated']);
export const isOver = ({ state }: Pick<Process, 'state'>): boolean => OVER.has(state);

/** Where the thing is that a process carries. */
export const subjectPath = ({ process, subject }: Pick<Process, 'process' | 'subject'>) =>
  process.startsWith('order')
    ? ({ label: 'Order', to: `/orders/${subject}`, search: {} } as const)
    : ({ label: 'Cart', to: '/carts', search: { cartId: subject } } as const);
