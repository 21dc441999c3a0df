/**
 * The catalogue of errors. A code is stable for ever; its text may be improved.
 * A person reads these at 3 a.m.: every use adds which rule, which number, which node (design S12).
 */

/** `retryable`: the same call may succeed later without anybody's help. `unknown`: the effect may have happened; read it back, never send again. */
interface ErrorEntry {
  readonly summary: string;
  readonly retryable: boolean;
  readonly unknown: boolean;
  readonly next: string;
}

const entry = (summary: string, next: string, kind: 'final' | 'retryable' | 'unknown' = 'final'): ErrorEntry => ({
  summary,
  next,
  retryable: kind === 'retryable',
  unknown: kind === 'unknown',
});

/** Every error Holdfast can show. Keys are the stable codes. */
export const ERRORS = {
  HF_CONFIG_INVALID: entry('The configuration is not valid.', 'Correct the named path; `holdfast config schema` prints what is allowed.'),
  HF_CONFIG_UNREADABLE: entry('The configuration file cannot be read.', 'Check the path and the permissions.'),
  HF_SECRET_UNRESOLVED: entry(
    'A secret reference cannot be resolved.',
    'Set the named variable or create the named file for this process.',
  ),
  HF_STORE_UNKNOWN: entry('No store of this name is configured.', 'Use one of the names listed.'),
  HF_STORE_DISARMED: entry(
    'The store is disarmed: acts that add risk are refused.',
    'Arm it with `holdfast arm`, or go on by hand with the manual continuation.',
  ),
  HF_PLAN_REFUSED: entry('The plan would not be safe and is refused.', 'Correct the configuration as the rule says.'),
  HF_PERSON_UNKNOWN: entry('No person of this id or handle is configured.', 'Use one of the ids listed under people.'),
  HF_ALERT_UNAUTHENTICATED: entry('The alert is not authenticated.', 'Send the configured bearer token or signature.'),
  HF_ALERT_MALFORMED: entry('The alert body cannot be understood.', 'Compare it with the documented shape of this source.'),
  HF_ALERT_UNMAPPED: entry('The alert names no configured store.', 'Add a mapping for its labels under `alerts`.'),
  HF_ALERT_NOT_DURABLE: entry('The alert could not be made durable.', 'The sender should deliver it again; check Temporal.', 'retryable'),
  HF_TEMPORAL_UNREACHABLE: entry(
    'Temporal does not answer.',
    'Check the TEMPORAL_* profile and the server; until then use the manual continuation.',
    'retryable',
  ),
  HF_TEMPORAL_NOT_SET_UP: entry('The namespace lacks what Holdfast needs.', 'Run `holdfast temporal setup`.'),
  HF_RUN_NOT_FOUND: entry('No such run.', '`holdfast status` lists open runs.'),
  HF_RUN_EXISTS: entry('An acting run of this cluster is open.', 'Join it: `holdfast watch`.'),
  HF_SIGNAL_NONSENSE: entry('The message could not be understood and was ignored.', 'Paste the exact JSON shown on the card.'),
  HF_DECISION_STALE: entry(
    'The decision is bound to evidence that is no longer shown.',
    'Read the card again and decide with its new code.',
  ),
  HF_DECISION_REFUSED: entry('The decision does not count.', 'See the reason; the card lists who may decide and how.'),
  HF_SIGNATURE_INVALID: entry('The signature does not fit the decision and the card.', 'Sign again with a key pinned in the plan.'),
  HF_NODE_UNREACHABLE: entry('The node did not answer.', 'Check the host and the network; Holdfast looks again by itself.', 'retryable'),
  HF_NODE_TLS: entry('The node’s certificate was not accepted.', 'Issue a certificate for its address from the configured CA.'),
  HF_NODE_AUTH: entry('The node refused the login or a permission.', 'Check role, certificate and grants (`holdfast check --store`).'),
  HF_DSN_UNPARSABLE: entry('The application’s DSN cannot be parsed.', 'Correct the value by hand; only host and port are ever changed.'),
  HF_GRANTS_WRONG: entry(
    'Holdfast’s role has rights that S14 forbids, or lacks one it needs.',
    'Run `holdfast migrate up`; revoke what is listed.',
  ),
  HF_TARGET_UNPROVEN: entry(
    'The node is not proven to be the right target.',
    'See the failed proof; choose another node or mend this one.',
  ),
  HF_TARGET_FORKED: entry(
    'The node’s timeline history does not extend the last snapshot’s.',
    'Do not use it. Compare the lineages by hand.',
  ),
  HF_BOUNDS_EXCEEDED: entry('What was re-read is worse than what was approved.', 'A new card is shown; decide on it.'),
  HF_PROMOTE_REFUSED: entry('The node refused to be promoted.', 'Read the node’s own words; choose another candidate.'),
  HF_PROMOTE_UNKNOWN: entry(
    'It is not known whether the promotion happened.',
    'Holdfast reads it back; it never sends it twice by itself.',
    'unknown',
  ),
  HF_PROMOTE_OTHER: entry(
    'Another node was promoted than was approved.',
    'Nothing is undone: the run looks again and asks whether the new primary is accepted.',
  ),
  HF_NOT_FENCED: entry('An old primary is not fenced.', 'Fence it by one of the classes, or decide the gate `unfenced`.'),
  HF_FENCE_FAILED: entry('The fence could not be put in force.', 'Fence the node by hand and answer `done-by-hand`.'),
  HF_EFFECT_UNKNOWN: entry('It is not known whether the effect happened.', 'Holdfast reads it back; then a person decides.', 'unknown'),
  HF_CONFLICT: entry('Somebody else changed it meanwhile.', 'Holdfast reads it again before it goes on.', 'retryable'),
  HF_ROW_DISPUTED: entry(
    'Testimony says engaged, the promoted row says disengaged.',
    'The row was set to engaged. Find out who is right before anybody disengages.',
  ),
  HF_ROW_INVALID: entry('The row breaks a rule of the application.', 'See which rule; Holdfast never disengages.'),
  HF_LEASE_ENDED: entry('The freshness lease ended.', 'Validate the row again.'),
  HF_PAUSE_UNPROVEN: entry('Trading could not be proven to be paused.', 'Use the configured manual kill now.'),
  HF_PAUSE_NOT_OURS: entry('The pause in force is not the one Holdfast made.', 'Whoever made it must lift it.'),
  HF_INSTANCE_ON_FALLBACK: entry(
    'The instance says it is ready but has no session on the promoted node.',
    'It runs on a fallback store: correct the key that holds the DSN.',
  ),
  HF_INSTANCE_WRONG_NODE: entry('An application session is on another node.', 'Stop that instance; nothing is resumed before.'),
  HF_INSTANCE_STUCK: entry('An instance did not stop, start or become operational in time.', 'See its own words in the evidence.'),
  HF_VERIFY_DISAGREE: entry('The row and the application’s admin API disagree.', 'Nothing is resumed; see the truth table.'),
  HF_ADMIN_REFUSED: entry('The admin API refused the read.', 'Check its credential references; at most four calls a minute are made.'),
  HF_ARCHIVE_EXISTS: entry('The archive already holds other content under this name.', 'Evidence is never overwritten; look at both.'),
  HF_ARCHIVE_FAILED: entry('Evidence could not be stored.', 'Check the archive’s folder and space.', 'retryable'),
  HF_NOTIFY_FAILED: entry('A notification was not delivered.', 'Tell the person by other means; the run goes on.', 'retryable'),
  HF_COMMAND_FAILED: entry('A configured command failed.', 'Run it by hand on the named host and read its output.'),
  HF_KUBERNETES_UNREACHABLE: entry(
    'The Kubernetes API server does not answer.',
    'Check its address, its certificate authority and the network from the worker; Holdfast asks again by itself.',
    'retryable',
  ),
  HF_KUBERNETES_FORBIDDEN: entry(
    'The Kubernetes API server refused the credentials or a permission.',
    'Grant the named verb on the named resource (deploy/kubernetes), then run `holdfast check --store`.',
  ),
  HF_CONFIG_IMMUTABLE: entry(
    'The Secret or ConfigMap is immutable: its values cannot be changed.',
    'Make a mutable one of another name, let the workload and the configuration use it, and restart the workload.',
  ),
  HF_CONFIG_OWNED: entry(
    'A controller owns the Secret or ConfigMap and would put the old value back.',
    'Change the value where the controller takes it from, or stop the controller for this object and allow the patch (`owned: patch`).',
  ),
  HF_MIGRATION_FAILED: entry('A migration failed and was rolled back.', 'Read the database’s own words; run it again after mending.'),
  HF_CANCELLED: entry('The call was cancelled before it acted.', 'Nothing to do.'),
  HF_INTERNAL: entry('Something unforeseen happened.', 'Report it with the run’s id; the run waits and loses nothing.'),
} as const satisfies Record<string, ErrorEntry>;

/** A stable error code. */
export type ErrorCode = keyof typeof ERRORS;

/** An error as data: what crosses activity, workflow, CLI and report alike. `evidence` names rule, number and node; never a secret. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly evidence: Readonly<Record<string, string>>;
}

/** Thrown by ports and activities. Across the workflow boundary it is told apart by `code`, never by `instanceof`. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly evidence: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, detail: string, evidence: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    super(detail === '' ? ERRORS[code].summary : `${ERRORS[code].summary} ${detail}`, options);
    this.name = 'HoldfastError';
    this.code = code;
    this.evidence = evidence;
  }

  /** The error as plain data. */
  toRecord(): ErrorRecord {
    return { code: this.code, message: this.message, evidence: this.evidence };
  }
}

/** Whether the string is a code of this catalogue (codes arrive as failure types from Temporal). */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}
