import path from 'node:path';
import { createClients, failureWords } from '../clients.js';
import { createEvents } from './events.js';
import { serveLogs } from './log-server.js';
import { registerNode } from './node.js';
import { runPods } from './pods.js';
import { ContainerRecords } from './processes.js';
import { readKubeletSettings } from './settings.js';

const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);

async function main(settingsFile: string): Promise<void> {
  const settings = readKubeletSettings(settingsFile);
  const clients = createClients(settings.kubeconfigFile);
  const records = new ContainerRecords(path.join(settings.workDir, 'records'), settings.journalFile);
  await serveLogs(settings);
  await registerNode(clients, settings, log);
  await runPods({ settings, clients, records, log, tell: createEvents(clients.core, settings.nodeName, log) });
  console.log(`ready as node ${settings.nodeName}`);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  // A failed call's message may carry the answer's body: only its kind is told.
  console.error(`kubelet failed: ${failureWords(error)}`);
  process.exit(1);
});
