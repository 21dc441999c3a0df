import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHosts } from '../../lab/hosts.js';
import type { Link } from '../../lab/link.js';
import { createLink } from '../../lab/link.js';

const hosts = createHosts();
const echo = net.createServer((socket) => socket.on('error', () => undefined).pipe(socket));
let link: Link;

beforeAll(async () => {
  const port = await hosts.port('db-a');
  echo.listen({ host: hosts.place('db-a').address, port });
  await once(echo, 'listening');
  link = await createLink(hosts, 'db-a', port);
});

afterAll(async () => {
  await link.close();
  echo.close();
});

test('passes, holds back while cut, delivers afterwards, resets when refusing', async () => {
  const socket = net.connect({ host: link.address, port: link.port });
  const said = (): Promise<string> => once(socket, 'data').then(([piece]) => String(piece));
  socket.write('one');
  expect(await said()).toBe('one');
  link.setMode('cut');
  const later = said();
  socket.write('two');
  const another = net.connect({ host: link.address, port: link.port });
  await once(another, 'connect');
  expect(
    await Promise.race([
      later,
      once(
        another.on('error', () => undefined),
        'data',
        { signal: AbortSignal.timeout(200) },
      ).catch(() => 'silence'),
    ]),
  ).toBe('silence');
  link.setMode('pass');
  expect(await later).toBe('two');
  const reset = once(socket, 'error');
  link.setMode('refuse');
  expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' });
  another.destroy();
});
