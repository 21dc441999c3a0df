/** docker-compose.yml is started by no test. So that it cannot rot, it is compared with what the lab and the command line really start. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { applicationSql, rolesSql } from '../../lab/postgres/schema.js';
import { pgHbaConf, postgresqlConf } from '../../lab/postgres/settings.js';
import { TEMPORAL_CLI_VERSION } from '../../lab/temporal-cli.js';
import { CONFIG_VARIABLE, loadConfig } from '../../src/config/load.js';
import { DEFAULT_GATEWAY_LISTEN } from '../../src/config/defaults.js';
import { connectConfig } from '../../src/temporal/client.js';
import { shell } from '../unit/cli/support.js';

interface Service {
  readonly image?: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text) as Compose;
const service = (name: string): Service => compose.services[name] ?? expect.fail(`there is no service ${name}`);
/** A command as a list, or as one text of words without quotes. */
const wordsOf = ({ command = [] }: Service): readonly string[] => (typeof command === 'string' ? command.split(/\s+/) : command);
const commandOf = (name: string): readonly string[] => wordsOf(service(name));
/** `$$` is how a compose file writes one `$`; a variable is replaced before the container sees the text. */
const contentOf = (name: string): string =>
  (compose.configs[name]?.content ?? expect.fail(`there is no config ${name}`))
    .replaceAll(/(?<!\$)\$\{[^}]*\}/g, 'x')
    .replaceAll('$$', '$');
const flagValue = (words: readonly string[], flag: string): string => words[words.indexOf(flag) + 1] ?? expect.fail(`${flag} has no value`);
const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1);
const squeezed = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim();
const holdfastServices = Object.entries(compose.services).filter(([, { image }]) => image === 'holdfast');

test('the first line says that no test starts it', () => {
  expect(text.split('\n')[0]).toMatch(/^# No test starts this file/);
});

test('it has Temporal, a primary with a replica, a worker and a gateway', () => {
  expect(Object.keys(compose.services)).toEqual([
    'temporal',
    'certificates',
    'primary',
    'replica',
    'setup-namespace',
    'setup-database',
    'worker',
    'gateway',
  ]);
});

describe('Temporal', () => {
  const words = commandOf('temporal');
  const lab = read('lab/temporal.ts');

  test('is the lab’s version of the CLI, with the lab’s flags', () => {
    expect(service('temporal').image).toBe(`temporalio/temporal:\${TEMPORAL_CLI_TAG:-${TEMPORAL_CLI_VERSION}}`);
    expect(words.slice(0, 2)).toEqual(['server', 'start-dev']);
    const labFlags = [...lab.matchAll(/^ +'(--[a-z-]+)',$/gm)].map((found) => found[1]);
    expect(words.filter((word) => word.startsWith('--'))).toEqual(labFlags);
  });

  test('serves the lab’s namespace, at the ports that are published', () => {
    expect(lab).toContain(`const NAMESPACE = '${flagValue(words, '--namespace')}'`);
    const published = [flagValue(words, '--port'), flagValue(words, '--ui-port')].map((port) => `127.0.0.1:${port}:${port}`);
    expect(service('temporal').ports).toEqual(published);
  });
});

describe('PostgreSQL', () => {
  const words = commandOf('primary');
  const settings = new Map(words.filter((word) => word.includes('=')).map((word) => word.split('=', 2) as [string, string]));
  const place = { name: 'db-a', address: '127.0.0.1' };
  const files = (name: string) => ({ cert: `${name}.pem`, key: `${name}.key` });
  const pki = { caFile: 'ca.pem', server: files, client: files, issueServer: () => Promise.resolve() };
  const labSettings = new Map(
    [...postgresqlConf('a', place, pki).matchAll(/^(\w+) = '(.*)'$/gm)].map((found) => [found[1] ?? '', found[2] ?? '']),
  );
  /** Addresses and paths are the container's own. */
  const ownValue = ['listen_addresses', 'ssl_ca_file', 'ssl_cert_file', 'ssl_key_file'];
  /** Settings that make a lab small and quick, or that belong to a machine without containers. */
  const labOnly = [
    'unix_socket_directories',
    'shared_buffers',
    'max_wal_size',
    'min_wal_size',
    'fsync',
    'autovacuum',
    'jit',
    'io_method',
    'logging_collector',
    'log_line_prefix',
    'dynamic_shared_memory_type',
  ];

  test('has the lab’s settings, but for those that only make a lab quick', () => {
    expect([...labSettings.keys()].filter((name) => !labOnly.includes(name) && !settings.has(name))).toEqual([]);
    expect([...settings.keys()].filter((name) => !labSettings.has(name))).toEqual(['hba_file']);
    const common = [...settings].filter(([name]) => labSettings.has(name) && !ownValue.includes(name));
    expect(common).toEqual(common.map(([name]) => [name, labSettings.get(name)]));
  });

  test('lets in whom the lab lets in, the same way', () => {
    const lines = (hba: string): readonly (readonly string[])[] =>
      hba
        .split('\n')
        .filter((line) => line.startsWith('hostssl'))
        .map((line) => line.split(/ +/).filter((_, index) => index !== 3));
    expect(lines(contentOf('hba'))).toEqual(lines(pgHbaConf()));
    expect(contentOf('hba').split('\n')[0]).toMatch(/^local +all +postgres +peer$/);
  });

  test('makes the lab’s roles, rights and table', () => {
    const sql = squeezed(contentOf('roles'));
    for (const statement of [...rolesSql({ geosync: 'x', replicator: 'x' }), ...applicationSql('missing')])
      expect(sql).toContain(`${squeezed(statement).replaceAll('( ', '( ')};`);
  });

  test('primary and replica are the nodes of examples/holdfast.yaml, at its port', async () => {
    const { config } = await loadConfig(`${root}examples/holdfast.yaml`, {});
    const nodes = config.stores['kill-switch']?.cluster.nodes ?? [];
    expect([service('primary'), service('replica')].flatMap((each) => each.networks?.default.aliases ?? [])).toEqual(
      nodes.map(({ host }) => host),
    );
    for (const name of ['primary', 'replica'])
      expect(service(name).ports?.map(portOf)).toEqual(nodes.slice(0, 1).map(({ port }) => String(port)));
    for (const { host } of nodes) expect(contentOf('certificates')).toContain(`DNS:${host}`);
    expect(commandOf('replica')).toEqual(words);
  });

  test('its scripts are shell', () => {
    for (const name of ['certificates', 'standby']) execFileSync('sh', ['-n'], { input: contentOf(name) });
  });
});

describe('Holdfast', () => {
  test.each(holdfastServices.map(([name, each]) => ({ name, command: wordsOf(each) })))(
    '$name runs verbs and options that exist',
    async ({ command }) => {
      const firstOption = command.findIndex((word) => word.startsWith('--'));
      const verb = firstOption === -1 ? command : command.slice(0, firstOption);
      const terminal = await shell();
      expect(await terminal.run(...verb, '--help')).toBe(0);
      const help = terminal.out.join('\n');
      expect(help).toContain(`Usage: holdfast ${verb.join(' ')} `);
      for (const option of command.filter((word) => word.startsWith('--'))) expect(help).toContain(`  ${option} <`);
    },
  );

  test('listens where its ports and health checks say', () => {
    for (const [name, flag] of [
      ['worker', '--health'],
      ['gateway', '--listen'],
    ] as const) {
      const port = portOf(flagValue(commandOf(name), flag));
      expect(service(name).ports).toEqual([`127.0.0.1:${port}:${port}`]);
      expect(service(name).healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/`);
    }
    expect(portOf(flagValue(commandOf('gateway'), '--listen'))).toBe(portOf(DEFAULT_GATEWAY_LISTEN));
    expect(read('src/worker.ts')).toContain("'/readyz'");
    expect(read('src/gateway/app.ts')).toContain("app.get('/healthz'");
  });

  test('finds its configuration and Temporal by variables that it reads', async () => {
    for (const [, { environment = {}, volumes = [] }] of holdfastServices) {
      const mount = volumes.find((volume) => volume.endsWith(`:${environment[CONFIG_VARIABLE] ?? ''}:ro`)) ?? 'no configuration is mounted';
      const { config } = await loadConfig(undefined, { [CONFIG_VARIABLE]: `${root}${mount.split(':')[0] ?? ''}` });
      expect(config.temporal).toEqual({});
      const kept = { ...process.env };
      try {
        Object.assign(process.env, environment);
        expect(connectConfig(config.temporal)).toMatchObject({
          connectionOptions: { address: `temporal:${flagValue(commandOf('temporal'), '--port')}` },
          namespace: flagValue(commandOf('temporal'), '--namespace'),
        });
      } finally {
        for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
        Object.assign(process.env, kept);
      }
    }
    expect(read('src/worker.ts')).toContain("'HOLDFAST_LOG'");
  });

  test('gets every secret that its configuration takes from the environment, and the database’s files', () => {
    const example = read('examples/holdfast.yaml');
    for (const [, variable = ''] of example.matchAll(/env:([A-Z_]+)/g))
      for (const [, { environment = {} }] of holdfastServices) expect(environment).toHaveProperty(variable);
    const made = ['ca.pem', ...['holdfast', 'geosync', 'holdfast_owner'].flatMap((role) => [`${role}.pem`, `${role}.key`])];
    expect(contentOf('certificates')).toContain('for role in holdfast geosync holdfast_owner');
    const asked = [...`${example} ${commandOf('setup-database').join(' ')}`.matchAll(/file:\/etc\/holdfast\/([\w.-]+)/g)].map(
      (found) => found[1] ?? '',
    );
    // The application's admin credentials are the reader's own (head of the file).
    expect(asked.filter((file) => !made.includes(file))).toEqual(['admin-token', 'admin-otp']);
  });
});

test('the Dockerfile starts the package’s binary, as a user without rights, on a Node that the package accepts', () => {
  const dockerfile = read('Dockerfile');
  const { bin, engines } = JSON.parse(read('package.json')) as {
    readonly bin: { readonly holdfast: string };
    readonly engines: { readonly node: string };
  };
  expect(dockerfile).toContain(`ENTRYPOINT ["node", "/app/${bin.holdfast}"]`);
  expect(dockerfile).toContain('USER node');
  const floor = Number(/\d+/.exec(engines.node)?.[0]);
  expect([...dockerfile.matchAll(/^FROM node:(\d+)-slim/gm)].map((found) => Number(found[1]) >= floor)).toEqual([true, true]);
});
