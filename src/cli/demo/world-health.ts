/** What one instance says of itself, asked by the demo. */
import http from 'node:http';

/** An answer; `status` 0 when there was none. */
export interface Health {
  readonly status: number;
  readonly engaged: boolean | undefined;
}

const ASK_MS = 3000;

/** Asks. node:http, since fetch would not send the Host header that the application asks for. */
export function healthOf(url: string, hostHeader: string): Promise<Health> {
  return new Promise<Health>((resolve, reject) => {
    const request = http.get(url, { headers: { host: hostHeader }, agent: false, timeout: ASK_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, engaged: engagedIn(Buffer.concat(chunks).toString('utf8')) }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  }).catch((): Health => ({ status: 0, engaged: undefined }));
}

function engagedIn(body: string): boolean | undefined {
  const flag = /"kill_switch_engaged"\s*:\s*(true|false)/.exec(body)?.[1];
  return flag === undefined ? undefined : flag === 'true';
}
