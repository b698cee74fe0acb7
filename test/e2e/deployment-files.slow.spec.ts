import { execFile, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { describeSettings } from '#libs/platform';
import { makeTestDirectory } from '#libs/testing';
import { nginx } from '../../tools/launcher/embedded.mjs';
import { Authority } from '../../tools/launcher/secure/certificates.mjs';
import { preparePython } from './python.fixture.js';

const run = promisify(execFile);

const KUSTOMIZE = 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1';
const KUBERNETES_VERSION = '1.31';
const COMPOSE_FILES = ['docker-compose.yml', 'docker-compose.scaled.yml'];
/** Not among those that are run several times. */
const OTHER_APPS = new Set(['cli', 'standalone', 'payment-gateway']);
/** Ours, of the manifests. */
const OTHER_NAMES = new Set(['APP', 'POD_IP']);

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: { readonly spec: { readonly containers: readonly Container[] } };
    readonly maxUnavailable?: number;
  };
}
interface Container {
  readonly startupProbe?: object;
  readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
  readonly livenessProbe?: object;
  readonly env?: readonly { readonly name: string }[];
}
interface Compose {
  readonly services: Readonly<Record<string, { readonly environment?: Readonly<Record<string, string>> }>>;
}

const python = await preparePython('check-jsonschema==0.39.0', 'kubernetes-validate==1.37.0');
const hasGo = spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
if ('missing' in python) process.stderr.write(`SKIPPED: no Python with validators (${python.missing})\n`);
if (!hasGo) process.stderr.write('SKIPPED: Go is not installed, which builds kustomize\n');
if (!nginx()) process.stderr.write('SKIPPED: nginx is not installed (apt-get install nginx)\n');
const withPython = 'missing' in python ? it.skip : it;
const withNginx = nginx() ? it : it.skip;

const composeOf = (file: string): Compose => parse(readFileSync(file, 'utf8'), { merge: true }) as Compose;
const namesIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^([A-Z\d_]+)=/gm)].map(([, name = '']) => name);
const settings = new Set(describeSettings().map(({ name }) => name));
const apps = readdirSync('apps').filter((app) => !OTHER_APPS.has(app));

describe('the files that run the system', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await makeTestDirectory('deployment');
  });

  withPython.each(COMPOSE_FILES)('%s is valid', async (file) => {
    const { executable } = python as { executable: string };
    await run(executable, ['-m', 'check_jsonschema', '--builtin-schema', 'vendor.compose-spec', file]);
  });

  it('run two of each app, at the addresses that the gateway has', () => {
    const services = Object.keys(composeOf('docker-compose.scaled.yml').services);
    expect(services).toEqual(expect.arrayContaining(apps.flatMap((app) => [`${app}-1`, `${app}-2`])));
    const upstreams = readFileSync('tools/gateway/upstreams.conf', 'utf8').matchAll(/server ([\w-]+):8080/g);
    const addressed = [...upstreams].map(([, name]) => name);
    expect(addressed.length).toBeGreaterThan(0);
    expect(services).toEqual(expect.arrayContaining(addressed));
  });

  it('leave an app its requests while a server is away', () => {
    const { spec } = parse(readFileSync('tools/kubernetes/app/deployment.yaml', 'utf8')) as Manifest;
    const probes = spec.template?.spec.containers.map(({ readinessProbe }) => readinessProbe?.httpGet.path);
    expect(probes).toEqual(['/health/started']);
  });

  it('name only settings that there are', () => {
    const named = COMPOSE_FILES.flatMap((file) =>
      Object.entries(composeOf(file).services)
        .filter(([name]) => name === 'standalone' || apps.some((app) => name.startsWith(`${app}-`)))
        .flatMap(([, { environment = {} }]) => Object.keys(environment)),
    );
    const files = ['settings.env', 'secret.example.env'].flatMap((file) =>
      namesIn(join('tools/kubernetes', file)),
    );
    expect([...named, ...files].filter((name) => !settings.has(name) && !OTHER_NAMES.has(name))).toEqual([]);
  });

  (hasGo && !('missing' in python) ? it : it.skip)(
    'are manifests that Kubernetes takes, with probes and a budget for each app',
    async () => {
      await run('go', ['install', KUSTOMIZE], { env: { ...process.env, GOBIN: directory } });
      const { stdout } = await run(join(directory, 'kustomize'), ['build', 'tools/kubernetes']);
      const file = join(directory, 'kubernetes.yaml');
      writeFileSync(file, stdout);
      const { executable } = python as { executable: string };
      const rules = ['-k', KUBERNETES_VERSION, '--strict', file];
      await run(join(executable, '../kubernetes-validate'), rules);

      const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
      const of = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
      const names = (kind: string) => of(kind).map(({ metadata }) => metadata.name);
      expect(names('Deployment').toSorted()).toEqual([...apps, 'gateway'].toSorted());
      expect(names('Service')).toEqual(expect.arrayContaining(apps));
      expect(names('PodDisruptionBudget')).toEqual(expect.arrayContaining([...apps, 'gateway']));
      for (const { spec } of of('Deployment')) {
        const [container] = spec.template?.spec.containers ?? [];
        expect(container).toMatchObject({ readinessProbe: {}, livenessProbe: {} });
        const own = container?.env?.map(({ name }) => name) ?? [];
        expect(own.filter((name) => !settings.has(name) && !OTHER_NAMES.has(name))).toEqual([]);
      }
    },
  );

  withNginx('configure a gateway that nginx takes', async () => {
    const authority = await Authority.make({ name: 'ours', days: 1 });
    const { cert, key } = await authority.certify({ name: 'gateway', hosts: ['localhost'], days: 1 });
    writeFileSync(join(directory, 'cert.pem'), cert);
    writeFileSync(join(directory, 'key.pem'), key);
    for (const folder of ['tools/gateway', 'tools/kubernetes/gateway'])
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.conf'))) {
        cpSync(join(folder, file), join(directory, file));
        // Names are known where it runs.
        const local = readFileSync(join(directory, file), 'utf8')
          .replaceAll(/server [\w-]+:8080/g, 'server 127.0.0.1:8080')
          .replaceAll(/\/etc\/nginx\/(?:orderstream|tls)\//g, `${directory}/`)
          .replaceAll('/tmp/', `${directory}/`)
          .replaceAll('/dev/stderr', 'stderr');
        writeFileSync(join(directory, file), local);
      }
    const checked = await run(nginx() ?? '', ['-t', '-e', 'stderr', '-c', join(directory, 'nginx.conf')]);
    expect(checked.stderr).toContain('test is successful');
  });
});
