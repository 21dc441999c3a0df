-- Up Migration
-- Holdfast's schema in the protected database. docs/reference/database.md says what each part is for and who may do what.
-- Run by `holdfast migrate up`, which creates the schema first and calls holdfast.bind(...) afterwards.

DO $$
BEGIN
  -- Roles are shared by all databases of a cluster: a second store on it finds the role there.
  CREATE ROLE holdfast_run NOLOGIN;
EXCEPTION
  WHEN duplicate_object THEN NULL;
END
$$;

REVOKE ALL ON SCHEMA holdfast FROM PUBLIC;
GRANT USAGE ON SCHEMA holdfast TO holdfast_run;

CREATE TABLE holdfast.marker (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  environment text NOT NULL CHECK (environment <> ''),
  store       text NOT NULL CHECK (store <> ''),
  set_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE holdfast.marker IS 'Which environment and store this database is. A node without the expected marker is never a target.';

CREATE TABLE holdfast.probe (
  prober    text PRIMARY KEY,
  probed_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE holdfast.probe IS 'One row a prober, written to prove that the node commits.';

CREATE TABLE holdfast.application (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  owner_role  name NOT NULL,
  schema_name name NOT NULL,
  table_name  name NOT NULL
);
COMMENT ON TABLE holdfast.application IS 'Where the application keeps its row, and as whom the functions below act.';

GRANT SELECT ON holdfast.marker TO holdfast_run;
GRANT SELECT, INSERT, UPDATE ON holdfast.probe TO holdfast_run;

CREATE FUNCTION holdfast.application_table() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT format('%I.%I', schema_name, table_name) FROM holdfast.application $$;

-- The functions from here to restore_table run as the application's owner role (holdfast.bind hands them over), not as whoever migrates:
-- a trigger on the application's table then gains nothing through them.

CREATE FUNCTION holdfast.engage(reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  changed bigint;
BEGIN
  IF reason IS NULL OR btrim(reason) = '' OR length(reason) > 512 OR translate(reason, E'\t\n', '') ~ '[[:cntrl:]]' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the reason must have 1 to 512 characters and no control characters';
  END IF;
  -- An engaged row is left as it is, unless the application would reject it for its reason.
  EXECUTE format(
    'INSERT INTO %s AS present (id, engaged, reason, updated_at) VALUES (1, true, $1, clock_timestamp())
     ON CONFLICT (id) DO UPDATE SET engaged = true, reason = excluded.reason, updated_at = excluded.updated_at
     WHERE NOT present.engaged OR btrim(present.reason) = '''' OR length(present.reason) > 512',
    holdfast.application_table()) USING reason;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed > 0;
END
$$;
COMMENT ON FUNCTION holdfast.engage(text) IS 'Sets engaged = true. There is no way to set it to false through it. Returns whether it changed anything.';

CREATE FUNCTION holdfast.create_table() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  target text := holdfast.application_table();
  index_name text;
BEGIN
  IF to_regclass(target) IS NOT NULL THEN
    RETURN false;
  END IF;
  SELECT table_name || '_updated_at_idx' INTO index_name FROM holdfast.application;
  EXECUTE format(
    'CREATE TABLE %s (
       id smallint PRIMARY KEY CHECK (id = 1),
       engaged boolean NOT NULL,
       reason text NOT NULL DEFAULT '''',
       updated_at timestamptz NOT NULL DEFAULT now()
     )', target);
  EXECUTE format('CREATE INDEX %I ON %s (updated_at)', index_name, target);
  RETURN true;
END
$$;
COMMENT ON FUNCTION holdfast.create_table() IS 'Creates the application''s table as its contract has it, empty. Only for `holdfast migrate up --with-application-table`.';

CREATE FUNCTION holdfast.grant_table() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('GRANT SELECT, UPDATE (updated_at) ON %s TO holdfast_run', holdfast.application_table());
END
$$;

CREATE FUNCTION holdfast.restore_table() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  created boolean := holdfast.create_table();
BEGIN
  -- A table the application made anew has none of our grants.
  PERFORM holdfast.grant_table();
  -- An empty table reads as "not engaged": the row must be there in the same commit.
  IF created THEN
    PERFORM holdfast.engage('restored by Holdfast: the table was missing');
  END IF;
  RETURN created;
END
$$;
COMMENT ON FUNCTION holdfast.restore_table() IS 'Creates a missing table with an engaged row, and renews Holdfast''s grants on it. Returns whether it was missing.';

CREATE FUNCTION holdfast.timeline_history(timeline integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF timeline IS NULL OR timeline < 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a timeline is a positive number';
  END IF;
  -- The name is made of a number alone: no other file can be reached. Null when there is no such file.
  RETURN pg_read_file('pg_wal/' || lpad(upper(to_hex(timeline)), 8, '0') || '.history', 0, 65536, true);
END
$$;
COMMENT ON FUNCTION holdfast.timeline_history(integer) IS 'The .history file of a timeline, so that lineage is proven without the right to read files.';

-- Ties the schema to its application. Called after each migration; not for holdfast_run.
CREATE FUNCTION holdfast.bind(environment text, store text, owner_role name, schema_name name, table_name name, grant_to name, with_table boolean)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  created boolean := false;
  routine text;
BEGIN
  INSERT INTO holdfast.marker AS marker (environment, store) VALUES (bind.environment, bind.store)
    ON CONFLICT (only_row) DO UPDATE SET environment = excluded.environment, store = excluded.store, set_at = now()
    WHERE (marker.environment, marker.store) IS DISTINCT FROM (excluded.environment, excluded.store);
  INSERT INTO holdfast.application AS application (owner_role, schema_name, table_name) VALUES (bind.owner_role, bind.schema_name, bind.table_name)
    ON CONFLICT (only_row) DO UPDATE SET owner_role = excluded.owner_role, schema_name = excluded.schema_name, table_name = excluded.table_name;

  -- A new owner needs CREATE at the moment of the hand-over only.
  EXECUTE format('GRANT USAGE, CREATE ON SCHEMA holdfast TO %I', owner_role);
  EXECUTE format('GRANT SELECT ON holdfast.application TO %I', owner_role);
  FOREACH routine IN ARRAY ARRAY['application_table()', 'engage(text)', 'create_table()', 'grant_table()', 'restore_table()'] LOOP
    EXECUTE format('ALTER FUNCTION holdfast.%s OWNER TO %I', routine, owner_role);
  END LOOP;
  EXECUTE format('REVOKE CREATE ON SCHEMA holdfast FROM %I', owner_role);

  IF with_table THEN
    created := holdfast.create_table();
  END IF;
  PERFORM holdfast.grant_table();
  IF grant_to IS NOT NULL THEN
    EXECUTE format('GRANT holdfast_run TO %I', grant_to);
  END IF;
  RETURN created;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA holdfast FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holdfast.engage(text), holdfast.restore_table(), holdfast.timeline_history(integer) TO holdfast_run;

-- Down Migration
-- Removes what the up part made and nothing of the application's. `holdfast migrate down` drops the empty schema afterwards.

DO $$
DECLARE
  target text := holdfast.application_table();
  owner_role name := (SELECT application.owner_role FROM holdfast.application);
BEGIN
  IF to_regclass(target) IS NOT NULL THEN
    EXECUTE format('REVOKE ALL ON %s FROM holdfast_run', target);
  END IF;
  IF owner_role IS NOT NULL THEN
    EXECUTE format('REVOKE ALL ON SCHEMA holdfast FROM %I', owner_role);
  END IF;
END
$$;

DROP FUNCTION holdfast.bind(text, text, name, name, name, name, boolean);
DROP FUNCTION holdfast.timeline_history(integer);
DROP FUNCTION holdfast.restore_table();
DROP FUNCTION holdfast.grant_table();
DROP FUNCTION holdfast.create_table();
DROP FUNCTION holdfast.engage(text);
DROP FUNCTION holdfast.application_table();
DROP TABLE holdfast.application, holdfast.probe, holdfast.marker;
REVOKE ALL ON SCHEMA holdfast FROM holdfast_run;

DO $$
BEGIN
  DROP ROLE holdfast_run;
EXCEPTION
  -- Another store on this cluster still uses it, or somebody else made it.
  WHEN dependent_objects_still_exist OR insufficient_privilege THEN
    RAISE NOTICE 'role holdfast_run is kept';
END
$$;
