/** Bodies of Patroni’s REST API as they were answered (4.1.5 and 3.0.2, reference lab), for parsers, tables and the protocol double. */

/** When the bodies’ members last saw the consensus store, epoch milliseconds. */
export const SEEN_AT_MS = 1_795_458_822_000;

export const SCOPE = 'killswitch';

/** GET /patroni of a leader. */
export const LEADER_4 =
  '{"state": "running", "postmaster_start_time": "2026-11-23 18:32:54.886715+00:00", "role": "primary", "server_version": 150018, "xlog": {"location": 83886176}, "timeline": 1, "replication": [{"usename": "replicator", "application_name": "n3", "client_addr": "127.0.0.1", "state": "streaming", "sync_state": "async", "sync_priority": 0}], "dcs_last_seen": 1795458822, "database_system_identifier": "7711436714004561126", "patroni": {"version": "4.1.5", "scope": "killswitch", "name": "n1"}}';

/** GET /patroni of a replica. */
export const REPLICA_4 =
  '{"state": "running", "role": "replica", "server_version": 150018, "xlog": {"received_location": 83886176, "replayed_location": 83886176, "replayed_timestamp": null, "paused": false}, "timeline": 1, "replication_state": "streaming", "dcs_last_seen": 1795458816, "database_system_identifier": "7711436714004561126", "patroni": {"version": "4.1.5", "scope": "killswitch", "name": "n2"}}';

/** GET /patroni of a leader of version 3: `master`, no name. */
export const LEADER_3 =
  '{"state": "running", "postmaster_start_time": "2026-11-23 18:32:54.886715+00:00", "role": "master", "server_version": 150018, "xlog": {"location": 83886176}, "timeline": 1, "dcs_last_seen": 1795458822, "database_system_identifier": "7711436714004561126", "patroni": {"version": "3.0.2", "scope": "killswitch"}}';

/** GET /patroni where PostgreSQL does not run: neither timeline nor xlog. */
export const STOPPED_4 =
  '{"state": "stopped", "role": "replica", "dcs_last_seen": 1795458820, "database_system_identifier": "7711436714004561126", "patroni": {"version": "4.1.5", "scope": "killswitch", "name": "n1"}}';

/** GET /cluster, one replica cut. */
export const CLUSTER_4 = `{"members": [{"name": "n1", "role": "leader", "state": "running", "api_url": "http://127.0.0.1:18001/patroni", "host": "127.0.0.1", "port": 15431, "timeline": 1},
 {"name": "n2", "role": "replica", "state": "streaming", "api_url": "http://127.0.0.1:18002/patroni", "host": "127.0.0.1", "port": 15432, "timeline": 1,
  "receive_lag": 0, "receive_lsn": "0/5000060", "replay_lag": 0, "replay_lsn": "0/5000060", "lag": 0, "lsn": "0/5000060"}], "scope": "killswitch"}`;

/** GET /cluster of a paused cluster without leader whose n1 is stopped, with a switchover that somebody planned. */
export const CLUSTER_UGLY =
  '{"members": [{"name": "n1", "role": "replica", "state": "stopped", "receive_lsn": "unknown", "receive_lag": "unknown", "replay_lsn": "unknown", "replay_lag": "unknown", "lsn": "unknown", "lag": "unknown"}], "pause": true, "scheduled_switchover": {"at": "2099-01-01T00:00:00+00:00", "from": "n1", "to": "n2"}, "scope": "killswitch"}';

/** GET /cluster of version 3: no scope, no `streaming`. */
export const CLUSTER_3 =
  '{"members": [{"name": "n1", "role": "leader", "state": "running", "api_url": "http://127.0.0.1:18001/patroni", "host": "127.0.0.1", "port": 15431, "timeline": 1}, {"name": "n2", "role": "replica", "state": "running", "api_url": "http://127.0.0.1:18002/patroni", "host": "127.0.0.1", "port": 15432, "timeline": 1, "lag": 0}]}';

/** GET /config of the lab’s fast profile. */
export const CONFIG_FAST =
  '{"ttl": 20, "loop_wait": 1, "retry_timeout": 3, "maximum_lag_on_failover": 1048576, "synchronous_mode": false, "postgresql": {"use_pg_rewind": true, "use_slots": true, "parameters": {"wal_log_hints": "on"}}}';

/** The page that answers an empty or broken request (Python’s http.server). */
export const ERROR_PAGE = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"
        "http://www.w3.org/TR/html4/strict.dtd">
<html>
    <head>
        <meta http-equiv="Content-Type" content="text/html;charset=utf-8">
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: 400</p>
        <p>Message: Bad Request.</p>
        <p>Error code explanation: HTTPStatus.BAD_REQUEST - Bad request syntax or unsupported method.</p>
    </body>
</html>
`;

/** Answers to POST /switchover and /failover, word for word. */
export const POST_ANSWERS = {
  switched: { status: 200, body: 'Successfully switched over to "n2"' },
  failedOver: { status: 200, body: 'Successfully failed over to "n2"' },
  otherOne: { status: 200, body: 'Switched over to "n3" instead of "n2"' },
  scheduled: { status: 202, body: 'Switchover scheduled' },
  emptyRequest: { status: 400, body: ERROR_PAGE },
  same: { status: 400, body: 'Switchover target and source are the same' },
  noLogin: { status: 401, body: 'no auth header received' },
  wrongLogin: { status: 401, body: 'not authenticated' },
  wrongLeader: { status: 412, body: 'leader name does not match' },
  noCandidate: { status: 412, body: 'switchover is not possible: no good candidates have been found' },
  unknownMember: { status: 412, body: 'candidate does not exists' },
  dropped: { status: 503, body: 'Failover failed' },
  statusUnknown: { status: 503, body: 'Failover status unknown' },
  notWritten: { status: 503, body: 'failed to write failover key into DCS' },
} as const;
