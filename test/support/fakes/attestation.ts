import type { Decision, ReceivedDecision, AttestedDecision } from '../../../src/domain/decision.js';
import type { Person } from '../../../src/domain/plan.js';
import type { AttestationPort, AttestationSubject } from '../../../src/ports/attestation.js';

/** A signature of this world: readable, and bound to the same things as a real one. Only the holder of the key id makes it. */
export function worldSignature(keyId: string, decision: Decision, fullHash: string): string {
  return JSON.stringify([keyId, fullHash, decision.gate, decision.option, decision.code, decision.reason ?? '', decision.by ?? '']);
}

function personBy(people: readonly Person[], by: string | undefined): Person | undefined {
  return people.find((person) => person.id === by || (by !== undefined && person.handles.includes(by)));
}

function attestOne(subject: AttestationSubject, received: ReceivedDecision): AttestedDecision {
  const { decision, n, atMs } = received;
  const base = { n, atMs, option: decision.option, code: decision.code, reason: decision.reason ?? '' };
  const named = personBy(subject.people, decision.by);
  const { signature } = decision;
  if (signature === undefined) {
    return named === undefined
      ? { ...base, problem: `${decision.by ?? 'nobody'} is not listed` }
      : { ...base, person: named.id, attestation: 'declared', problem: '' };
  }
  const owner = subject.people.find((person) => person.keys.some((key) => key.id === signature.key));
  const hash = Object.hasOwn(subject.hashes, decision.code) ? subject.hashes[decision.code] : undefined;
  if (decision.gate !== subject.gate) return { ...base, problem: `it is for gate ${decision.gate}` };
  if (owner === undefined) return { ...base, problem: 'the key belongs to nobody in the plan' };
  if (hash === undefined) return { ...base, problem: 'the code is of no opening of this gate' };
  if (signature.value !== worldSignature(signature.key, decision, hash)) return { ...base, problem: 'the signature does not fit' };
  if (named !== undefined && named.id !== owner.id) return { ...base, problem: `signed by ${owner.id}, sent as ${named.id}` };
  return { ...base, person: owner.id, attestation: 'signed', problem: '' };
}

/** Looks into authorship by the signatures of this world. */
export function createFakeAttestation(): AttestationPort {
  return { kind: 'world', attest: (subject, decisions) => Promise.resolve(decisions.map((decision) => attestOne(subject, decision))) };
}
