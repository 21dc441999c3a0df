import type { ManagerAccess } from '../../ports/cluster.js';
import type { ReadScope } from '../../ports/scope.js';
import { wordsOf } from './post-answer.js';
import type { PatroniRest } from './rest.js';
import type { PatroniMember, PatroniSettings } from './settings.js';

/** An empty request: Patroni checks the login first and then refuses it with 400, having done nothing (measured; api.py `_read_json_content`). */
const HARMLESS = '{}';

type Verdict = 'accepted' | 'refused' | 'unknown';

function verdictOf(status: number | undefined): Verdict {
  if (status === 400) return 'accepted';
  return status === 401 || status === 403 ? 'refused' : 'unknown';
}

async function tryOne(
  rest: PatroniRest,
  member: PatroniMember,
  settings: PatroniSettings,
  timeoutMs: number,
  scope: ReadScope,
): Promise<ManagerAccess> {
  const ask = (anonymous: boolean) => rest.post(member, 'switchover', HARMLESS, { timeoutMs, anonymous }, scope);
  const [own, nobody] = await Promise.all([ask(false), settings.login === undefined ? undefined : ask(true)]);
  const said = own.answer === undefined ? own.failure.text : `${own.answer.status} ${wordsOf(own.answer.body)}`;
  const open = nobody === undefined ? verdictOf(own.answer?.status) : verdictOf(nobody.answer?.status);
  return {
    node: member.node,
    own: verdictOf(own.answer?.status),
    openToAll: open === 'unknown' ? 'unknown' : open === 'accepted' ? 'yes' : 'no',
    encrypted: new URL(member.url).protocol === 'https:',
    detail: said,
  };
}

/** Tries on every member whether it would take a request from us, and from somebody without a login, by one that does nothing. */
export function tryAccess(
  rest: PatroniRest,
  settings: PatroniSettings,
  timeoutMs: number,
  scope: ReadScope,
): Promise<readonly ManagerAccess[]> {
  return Promise.all(settings.members.map((member) => tryOne(rest, member, settings, timeoutMs, scope)));
}
