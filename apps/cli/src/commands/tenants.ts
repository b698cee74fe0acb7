import { Command, InvalidArgumentError, Option } from 'commander';
import {
  defaultLimits,
  LIMIT_NAMES,
  type LimitName,
  type OwnLimits,
  TENANT_LIMITS,
  TENANT_NAME_RULE,
} from '#libs/platform';
import { type LimitChanges, TenantLimitRepository } from '#libs/postgres';
import { audited } from '../audited.js';
import { cliSettings, print } from '../cli-settings.js';
import { withDatabase } from '../resources.js';
import { parseTenant } from '../tenant-name.js';

const withLimits = <Result>(work: (limits: TenantLimitRepository) => Promise<Result>): Promise<Result> =>
  withDatabase(cliSettings(), (prisma) => work(new TenantLimitRepository(prisma)));

type Chosen = { readonly [Name in LimitName]?: number | true };

export function tenantsCommand(): Command {
  const tenants = new Command('tenants').description('manage the limits of tenants');
  withLimitOptions(
    tenants
      .command('set')
      .argument('<tenant>', TENANT_NAME_RULE, parseTenant)
      .description('give a tenant limits of its own; running apps know within seconds'),
    (name) => limitOption(name, true),
  ).action((tenant: string, chosen: LimitChanges) => change(tenant, chosen, 'set'));
  withLimitOptions(
    tenants
      .command('unset')
      .argument('<tenant>', TENANT_NAME_RULE, parseTenant)
      .description('take limits of its own from a tenant: those named, or all; then the settings hold again'),
    (name) => limitOption(name, false),
  ).action((tenant: string, chosen: Chosen) => {
    const named = LIMIT_NAMES.filter((name) => chosen[name] === true);
    const names = named.length > 0 ? named : LIMIT_NAMES;
    return change(tenant, Object.fromEntries(names.map((name) => [name, null])), 'unset');
  });
  tenants
    .command('show')
    .argument('<tenant>', TENANT_NAME_RULE, parseTenant)
    .description(
      'show all limits of a tenant, and where they come from: its own, or settings of this environment',
    )
    .action(async (tenant: string) => {
      show(tenant, await withLimits((limits) => limits.of(tenant)));
    });
  tenants
    .command('list')
    .description('list the tenants that have limits of their own')
    .action(async () => {
      for (const [tenant, own] of await withLimits((limits) => limits.all()))
        print(`${tenant}  ${words(own)}`);
    });
  return tenants;
}

async function change(tenant: string, changes: LimitChanges, step: 'set' | 'unset'): Promise<void> {
  if (Object.keys(changes).length === 0)
    throw new Error(`name at least one limit, such as --${optionOf('ordersPerSecond')} 200`);
  const settings = cliSettings();
  const act = { act: 'tenant-limits.set', command: `tenants ${step}`, tenant } as const;
  await audited(settings, act, async (prisma) => {
    show(tenant, await new TenantLimitRepository(prisma).change(tenant, changes), step);
  });
}

function show(tenant: string, own: OwnLimits, step?: string): void {
  const defaults = defaultLimits(cliSettings());
  if (step) print(`${step} for tenant ${tenant}:`);
  for (const name of LIMIT_NAMES) {
    const value = own[name] ?? defaults[name];
    const source = own[name] === undefined ? TENANT_LIMITS[name].setting : 'its own';
    print(`${optionOf(name)}  ${value ?? 'no limit'}  (${source})`);
  }
}

const words = (own: OwnLimits): string =>
  LIMIT_NAMES.flatMap((name) => (own[name] === undefined ? [] : [`${optionOf(name)} ${own[name]}`])).join(
    ', ',
  );

/** `ordersPerSecond` → `orders-per-second`. */
const optionOf = (name: LimitName): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function withLimitOptions(command: Command, optionFor: (name: LimitName) => Option): Command {
  for (const name of LIMIT_NAMES) command.addOption(optionFor(name));
  return command;
}

function limitOption(name: LimitName, hasValue: boolean): Option {
  const { noun, most } = TENANT_LIMITS[name];
  const option = new Option(`--${optionOf(name)}${hasValue ? ' <number>' : ''}`, noun);
  return hasValue ? option.argParser((text) => wholeNumber(text, most)) : option;
}

/** Commander's message names the option. */
function wholeNumber(text: string, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  return value;
}
