import path from 'node:path';
import { gatesOf } from '../../config/gates.js';
import type { Config } from '../../config/schema.js';
import { isReference } from '../../config/values.js';
import type { CountedDecision, Decision } from '../../domain/decision.js';
import { HoldfastError } from '../../domain/errors.js';
import { normalizeCode } from '../../domain/evidence-rules.js';
import type { GateOption, GatePolicy } from '../../domain/gate.js';
import type { PinnedKey } from '../../domain/plan.js';
import type { RunFacts } from '../../domain/run-facts.js';
import { loadKey, signDecision } from '../../wiring.js';
import type { SigningKey } from '../../wiring.js';
import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { RunClient } from '../run-client.js';
import { personIdOf, workflowIdOf } from '../targets.js';

/** Options of `approve` and `reject`. */
export interface DecideOptions extends CommonOptions {
  readonly gate?: string;
  readonly option?: string;
  /** Evidence code from the card. For an answer that adds risk it must be typed: it says which card was read. */
  readonly code?: string;
  /** Person; left out, the owner of the key, else $HOLDFAST_PERSON. */
  readonly as?: string;
  readonly reason?: string;
  /** Private key: a file, or a reference. */
  readonly key?: string;
  readonly declared?: boolean;
  readonly yes?: boolean;
}

/** How often, and how far apart, the run is asked what became of a decision. */
const COUNT_LOOKS = 10;
const COUNT_EVERY_MS = 300;

/** What kind of answer a verb gives when no option is named. */
export type DecideVerb = 'approve' | 'reject';

/**
 * Shows the card of the open gate and sends a decision bound to it, signed or only declared. Prints the run’s own answer.
 * Errors: HF_DECISION_REFUSED (no gate is open, another gate, no such option), HF_DECISION_STALE (another code is shown now).
 */
export async function decideCommand(context: CliContext, verb: DecideVerb, word: string, options: DecideOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const workflowId = workflowIdOf(config, word);
  const key = options.key === undefined ? undefined : await loadKey(referenceOf(options.key));
  const by = signerOf(config, options.as ?? context.environment['HOLDFAST_PERSON'], key);
  return withClient(context, config, async (client) => {
    const facts = (await client.query(workflowId, 'state')) as RunFacts;
    const opened = facts.open?.opened;
    if (opened === undefined) throw new HoldfastError('HF_DECISION_REFUSED', 'No gate is open.', { run: workflowId });
    if (options.gate !== undefined && options.gate !== opened.gate) {
      throw new HoldfastError('HF_DECISION_REFUSED', `The open gate is ${opened.gate}.`, { asked: options.gate, open: opened.gate });
    }
    if (options.output === 'text') context.out(opened.card);
    const option = optionOf(policyOf(gatesOf(config), opened.gate), verb, options.option);
    if (!option.safe && options.code !== undefined && normalizeCode(options.code) !== normalizeCode(opened.code)) {
      throw new HoldfastError('HF_DECISION_STALE', `The card now shows ${opened.code}.`, { given: options.code, shown: opened.code });
    }
    if (
      !option.safe &&
      options.code === undefined &&
      !(await confirmed(context, options, `${option.name}: ${option.does} Decide so on ${opened.code}, as ${by}?`))
    ) {
      throw new HoldfastError('HF_DECISION_REFUSED', 'It was not confirmed; give --code with the code that the card shows.', {
        gate: opened.gate,
        code: opened.code,
      });
    }
    const decision: Decision = {
      schema: 1,
      gate: opened.gate,
      option: option.name,
      code: opened.code,
      by,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    };
    const sent = attested(
      decision,
      option.safe,
      opened.hash,
      by,
      options,
      key,
      config.people.find((person) => person.id === by)?.keys ?? [],
    );
    const answer = await client.decide(workflowId, sent);
    const counts = answer.n === undefined ? '' : await howItCounts(context, client, workflowId, opened.gate, answer.n);
    return {
      data: {
        workflowId,
        gate: opened.gate,
        option: option.name,
        code: opened.code,
        by,
        attestation: sent.signature === undefined ? 'declared' : 'signed',
        ...answer,
        counts,
      },
      text: counts === '' ? answer.sentence : `${answer.sentence} ${counts}`,
      exit: answer.accepted ? EXIT_CODES.ok : EXIT_CODES.refused,
    };
  });
}

function policyOf(policies: Readonly<Record<string, GatePolicy>>, gate: string): GatePolicy {
  const policy = policies[gate];
  if (policy === undefined)
    throw new HoldfastError('HF_DECISION_REFUSED', 'This Holdfast does not know the open gate; use one of the run’s version.', { gate });
  return policy;
}

/** The named option; without a name the verb’s own: the safe one that silence would take, or the only one that acts. */
function optionOf(policy: GatePolicy, verb: DecideVerb, name: string | undefined): GateOption {
  const acting = policy.options.filter((option) => !option.safe);
  const fallback =
    verb === 'reject' ? policy.options.find((option) => option.name === policy.onSilence) : acting.length === 1 ? acting[0] : undefined;
  const option = name === undefined ? fallback : policy.options.find((candidate) => candidate.name === name);
  if (option !== undefined) return option;
  const names = policy.options.map((candidate) => candidate.name).join(', ');
  throw new HoldfastError(
    'HF_DECISION_REFUSED',
    name === undefined ? 'This gate has several answers; name one with --option.' : 'The gate has no such option.',
    { gate: policy.gate, options: names, ...(name === undefined ? {} : { asked: name }) },
  );
}

async function confirmed(context: CliContext, options: DecideOptions, question: string): Promise<boolean> {
  return options.yes === true || context.confirm(question);
}

/** Who decides: the person named, else the owner of the key. Errors: HF_PERSON_UNKNOWN. */
function signerOf(config: Config, named: string | undefined, key: SigningKey | undefined): string {
  if (named !== undefined) return personIdOf(config, named);
  const owner =
    key === undefined ? undefined : config.people.find((person) => person.keys.some((pinned) => pinned.publicKey === key.publicKey));
  if (owner !== undefined) return owner.id;
  throw new HoldfastError('HF_PERSON_UNKNOWN', key === undefined ? 'Say who you are: --as.' : 'The key is pinned for nobody.', {
    listed: config.people.map(({ id }) => id).join(', '),
  });
}

/** Signs with the key when one is given. The key must be pinned for this person, or the run would not count it. */
function attested(
  decision: Decision,
  safe: boolean,
  hash: string,
  by: string,
  options: DecideOptions,
  key: SigningKey | undefined,
  pinned: readonly PinnedKey[],
): Decision {
  if (key === undefined) {
    // A safe answer counts from anybody listed, so nobody is kept from it by a key that is not at hand.
    if (options.declared === true || safe) return decision;
    throw new HoldfastError(
      'HF_DECISION_REFUSED',
      'Say how it is attested: --key FILE signs it, --declared only types your name (counts little).',
      { by },
    );
  }
  const known = pinned.find((candidate) => candidate.publicKey === key.publicKey);
  if (known === undefined) {
    throw new HoldfastError('HF_SIGNATURE_INVALID', `The key is not one that is pinned for ${by}.`, {
      by,
      pinned: pinned.map(({ id }) => id).join(', ') || 'none',
      publicKey: key.publicKey,
    });
  }
  return signDecision(decision, hash, by, key, known.id);
}

/** The run’s own word on what became of the decision, once it was attested. Empty when it does not say in time; `status` shows it later. */
async function howItCounts(context: CliContext, client: RunClient, workflowId: string, gate: string, n: number): Promise<string> {
  for (let look = 0; look < COUNT_LOOKS; look += 1) {
    const [decisions, facts] = await Promise.all([client.query(workflowId, 'decisions'), client.query(workflowId, 'state')]).catch(
      () => [[], undefined] as const,
    );
    const mine = (decisions as readonly CountedDecision[]).find((one) => one.n === n);
    if (mine !== undefined) return `${mine.counted ? '' : 'It does not count. '}${mine.why}`;
    const answered =
      (facts as RunFacts | undefined)?.open?.opened.gate === gate
        ? undefined
        : (facts as RunFacts | undefined)?.gates.findLast((known) => known.gate === gate);
    if (answered?.option !== undefined)
      return `The gate is answered: ${answered.option}${answered.people.length === 0 ? '' : ` by ${answered.people.join(', ')}`}.`;
    await context.sleep(COUNT_EVERY_MS);
  }
  return '';
}

/** A plain path is a file reference, relative to the working directory. */
function referenceOf(key: string): string {
  return isReference(key) ? key : `file:${path.resolve(key)}`;
}
