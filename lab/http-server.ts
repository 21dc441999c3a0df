import { once } from 'node:events';
import http from 'node:http';
import type { Hosts } from './hosts.js';

/** A request with its body read. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer; `hang` keeps the connection open and answers nothing. */
export type Reply = { readonly status: number; readonly body?: object | string } | 'hang';

export interface HttpServer {
  /** Base URL without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

async function read(request: http.IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname } = new URL(request.url ?? '/', 'http://lab');
  return { method: request.method ?? 'GET', path: pathname, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
}

function send(response: http.ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  const { status, body = '' } = reply;
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Serves HTTP on a named host, inside the lab's own process. It does not keep the process alive. */
export async function serve(hosts: Hosts, hostName: string, answer: (request: ReceivedRequest) => Reply): Promise<HttpServer> {
  const { address } = hosts.place(hostName);
  const port = await hosts.port(hostName);
  const server = http.createServer((request, response) => {
    read(request).then(
      (received) => send(response, answer(received)),
      () => response.destroy(),
    );
  });
  server.listen({ host: address, port });
  await once(server, 'listening');
  server.unref();
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, 'close');
  };
  return { url: `http://${address}:${port}`, close };
}
