import type { AttestedDecision, Decision, ReceivedDecision } from '../../domain/decision.js';
import type { Attestation } from '../../domain/gate.js';
import type { Person } from '../../domain/plan.js';
import type { AttestationPort, AttestationSubject } from '../../ports/attestation.js';
import { fingerprint, verifyDecision } from './keys.js';

/** Who a decision is from, and how that is known. */
interface Author {
  readonly person?: string;
  readonly attestation?: Attestation;
  readonly problem: string;
}

/**
 * Attests `signed` (an ed25519 key pinned in the plan) and `declared` (a typed name). A decision whose signature does not hold is not taken
 * for a declared one: its author meant to prove something, and it failed. `principal` needs Temporal's history and is another adapter's.
 *
 * Pure work on what is given; never throws, whatever is in a decision.
 */
export function createAttestation(): AttestationPort {
  return {
    kind: 'signed-or-declared',
    attest: async (subject, decisions) => decisions.map((received) => attested(received, authorOf(received.decision, subject))),
  };
}

function attested(received: ReceivedDecision, author: Author): AttestedDecision {
  const { option, code, reason } = received.decision;
  return { n: received.n, atMs: received.atMs, option, code, reason: reason ?? '', ...author };
}

function authorOf(decision: Decision, subject: AttestationSubject): Author {
  if (decision.gate !== subject.gate) return { problem: `It is for the gate ${quote(decision.gate)}, not for ${subject.gate}.` };
  return decision.signature === undefined
    ? declaredAuthor(decision, subject.people)
    : signedAuthor(decision, decision.signature.key, subject);
}

function declaredAuthor(decision: Decision, people: readonly Person[]): Author {
  if (decision.by === undefined || decision.by === '') return { problem: 'It names nobody: `by` is missing and there is no signature.' };
  const found = findPeople(people, decision.by);
  const [person] = found;
  if (person === undefined) return { problem: `${quote(decision.by)} is no id or handle of a person of this store.` };
  if (found.length > 1) return { problem: `${quote(decision.by)} is a handle of more than one person.` };
  return { person: person.id, attestation: 'declared', problem: '' };
}

function signedAuthor(decision: Decision, keyId: string, subject: AttestationSubject): Author {
  const holders = subject.people.flatMap((person) =>
    person.keys.filter((key) => isKey(keyId, key.id, key.publicKey)).map((key) => ({ person: person.id, key })),
  );
  const [holder] = holders;
  if (holder === undefined) {
    // Whom they say they are is kept: an answer that only makes things safer is heard from anybody listed.
    const { person } = declaredAuthor(decision, subject.people);
    return { ...(person !== undefined && { person }), problem: `The key ${quote(keyId)} is not pinned for anybody.` };
  }
  if (holders.some((other) => other.person !== holder.person))
    return { problem: `The key ${quote(keyId)} is pinned for more than one person.` };
  if (
    decision.by !== undefined &&
    decision.by !== '' &&
    !findPeople(subject.people, decision.by).some((person) => person.id === holder.person)
  ) {
    return { problem: `The key ${quote(keyId)} is ${holder.person}’s, but the decision is declared as by ${quote(decision.by)}.` };
  }
  // A safe option needs no code; its signature is then over no evidence.
  const hash = decision.code === '' ? '' : Object.hasOwn(subject.hashes, decision.code) ? subject.hashes[decision.code] : undefined;
  if (hash === undefined)
    return {
      person: holder.person,
      problem: `The code ${quote(decision.code)} is of no opening of this gate, so the signature cannot be checked.`,
    };
  const holds = holders.some(({ key }) => verifyDecision(decision, hash, holder.person, key.publicKey));
  if (!holds)
    return {
      person: holder.person,
      problem: `The signature does not fit the decision, the card and the key ${quote(keyId)} of ${holder.person}.`,
    };
  return { person: holder.person, attestation: 'signed', problem: '' };
}

/** A key is named by its pinned id, or by its fingerprint when the pinned id is a name of its own. */
function isKey(named: string, pinnedId: string, publicKey: string): boolean {
  return named === pinnedId || named === fingerprint(publicKey);
}

function findPeople(people: readonly Person[], name: string): readonly Person[] {
  return people.filter((person) => person.id === name || person.handles.includes(name));
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
