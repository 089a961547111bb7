"""What Postgres itself refuses about points.

The functions live once in `public` and find a shop's tables through the schema of the table that fired them, so they
work with any search path and in a schema that was copied from another. Each shop's schema holds only the triggers.
"""

FUNCTIONS = r"""
SELECT pg_advisory_xact_lock(hashtext('loyalty functions'));

CREATE OR REPLACE FUNCTION public.loyalty_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION '% on %.% refused: this table only grows', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$body$;

CREATE OR REPLACE FUNCTION public.loyalty_guard_operation() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF OLD.result IS NOT NULL
     OR (NEW.id, NEW.key, NEW.kind, NEW.fingerprint, NEW.actor_kind, NEW.actor_id, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.key, OLD.kind, OLD.fingerprint, OLD.actor_kind, OLD.actor_id, OLD.created_at) THEN
    RAISE EXCEPTION 'operation % is closed', OLD.key USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$body$;

CREATE OR REPLACE FUNCTION public.loyalty_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF (NEW.id, NEW.account_id, NEW.source_entry_id, NEW.purchase_id, NEW.origin_lot_id, NEW.original,
      NEW.earned_at, NEW.activates_at)
     IS DISTINCT FROM
     (OLD.id, OLD.account_id, OLD.source_entry_id, OLD.purchase_id, OLD.origin_lot_id, OLD.original,
      OLD.earned_at, OLD.activates_at) THEN
    RAISE EXCEPTION 'lot %: where its points came from is frozen', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.expired < OLD.expired OR NEW.reversed < OLD.reversed THEN
    RAISE EXCEPTION 'lot %: what is gone stays gone', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF coalesce(NEW.expires_at, 'infinity') < coalesce(OLD.expires_at, 'infinity') THEN
    RAISE EXCEPTION 'lot %: an expiry may only move later', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$body$;

CREATE OR REPLACE FUNCTION public.loyalty_chain_entry() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  head_seq bigint; p bigint; a bigint; h bigint; d bigint; head_hash bytea;
BEGIN
  EXECUTE format(
    'SELECT seq, after_pending, after_active, after_held, after_debt, hash FROM %I.loyalty_entry
      WHERE account_id = $1 ORDER BY seq DESC LIMIT 1', TG_TABLE_SCHEMA)
    INTO head_seq, p, a, h, d, head_hash USING NEW.account_id;
  IF NEW.seq <> coalesce(head_seq, 0) + 1
     OR NEW.after_pending <> coalesce(p, 0) + NEW.d_pending
     OR NEW.after_active <> coalesce(a, 0) + NEW.d_active
     OR NEW.after_held <> coalesce(h, 0) + NEW.d_held
     OR NEW.after_debt <> coalesce(d, 0) + NEW.d_debt THEN
    RAISE EXCEPTION 'entry % does not follow entry % of account %', NEW.seq, coalesce(head_seq, 0), NEW.account_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  NEW.prev_hash := coalesce(head_hash, ''::bytea);
  NEW.hash := public.loyalty_entry_hash(
    NEW.prev_hash, NEW.account_id, NEW.seq, NEW.operation_id, NEW.kind::text,
    ARRAY[NEW.d_pending, NEW.d_active, NEW.d_held, NEW.d_debt], NEW.reverses_id, NEW.effective_at);
  RETURN NEW;
END
$body$;

CREATE OR REPLACE FUNCTION public.loyalty_guard_account() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  newest_seq bigint; newest_hash bytea;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF (NEW.pending, NEW.active, NEW.held, NEW.debt, NEW.seq) IS DISTINCT FROM (0, 0, 0, 0, 0) THEN
      RAISE EXCEPTION 'an account is opened empty' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.customer_id, NEW.unit_id) IS DISTINCT FROM (OLD.id, OLD.customer_id, OLD.unit_id) THEN
    RAISE EXCEPTION 'account % keeps its owner and its unit', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.seq = OLD.seq THEN
    IF (NEW.pending, NEW.active, NEW.held, NEW.debt, NEW.head_hash)
       IS DISTINCT FROM (OLD.pending, OLD.active, OLD.held, OLD.debt, OLD.head_hash) THEN
      RAISE EXCEPTION 'account %: its balance changed without an entry', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  EXECUTE format('SELECT seq, hash FROM %I.loyalty_entry WHERE account_id = $1 ORDER BY seq DESC LIMIT 1', TG_TABLE_SCHEMA)
    INTO newest_seq, newest_hash USING NEW.id;
  IF NEW.seq < OLD.seq OR NEW.seq IS DISTINCT FROM newest_seq THEN
    RAISE EXCEPTION 'account % says entry %, its newest is %', OLD.id, NEW.seq, coalesce(newest_seq, 0)
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  NEW.head_hash := newest_hash;
  RETURN NEW;
END
$body$;

CREATE OR REPLACE FUNCTION public.loyalty_prove_entry() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  acc record; lots record; moved record;
BEGIN
  EXECUTE format(
    'SELECT coalesce(sum(d_pending), 0)::bigint AS p, coalesce(sum(d_active), 0)::bigint AS a,
            coalesce(sum(d_held), 0)::bigint AS h FROM %I.loyalty_movement WHERE entry_id = $1', TG_TABLE_SCHEMA)
    INTO moved USING NEW.id;
  IF (moved.p, moved.a, moved.h) IS DISTINCT FROM (NEW.d_pending, NEW.d_active, NEW.d_held) THEN
    RAISE EXCEPTION 'entry % is not explained by its movements', NEW.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  EXECUTE format('SELECT pending, active, held, debt, seq FROM %I.loyalty_account WHERE id = $1', TG_TABLE_SCHEMA)
    INTO acc USING NEW.account_id;
  IF acc.seq > NEW.seq THEN
    RETURN NULL; -- a later entry of the same transaction proves the balance
  END IF;
  IF acc.seq < NEW.seq THEN
    RAISE EXCEPTION 'account % was not moved on to entry %', NEW.account_id, NEW.seq
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  EXECUTE format(
    'SELECT coalesce(sum(pending), 0)::bigint AS p, coalesce(sum(active), 0)::bigint AS a,
            coalesce(sum(held), 0)::bigint AS h FROM %I.loyalty_lot
      WHERE account_id = $1 AND (pending > 0 OR active > 0 OR held > 0)', TG_TABLE_SCHEMA)
    INTO lots USING NEW.account_id;
  IF (acc.pending, acc.active, acc.held, acc.debt)
     IS DISTINCT FROM (NEW.after_pending, NEW.after_active, NEW.after_held, NEW.after_debt)
     OR (acc.pending, acc.active, acc.held) IS DISTINCT FROM (lots.p, lots.a, lots.h) THEN
    RAISE EXCEPTION 'account %: balance, newest entry and lots disagree', NEW.account_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END
$body$;

CREATE OR REPLACE FUNCTION public.loyalty_prove_lot() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  lot record; moved record;
BEGIN
  EXECUTE format('SELECT pending, active, held FROM %I.loyalty_lot WHERE id = $1', TG_TABLE_SCHEMA) INTO lot USING NEW.id;
  EXECUTE format(
    'SELECT coalesce(sum(d_pending), 0)::bigint AS p, coalesce(sum(d_active), 0)::bigint AS a,
            coalesce(sum(d_held), 0)::bigint AS h FROM %I.loyalty_movement WHERE lot_id = $1', TG_TABLE_SCHEMA)
    INTO moved USING NEW.id;
  IF (moved.p, moved.a, moved.h) IS DISTINCT FROM (lot.pending, lot.active, lot.held) THEN
    RAISE EXCEPTION 'lot % differs from its movements', NEW.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END
$body$;

CREATE OR REPLACE FUNCTION public.loyalty_prove_movement() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  entry record; lot record; by_entry record; by_lot record;
  sums constant text := 'SELECT coalesce(sum(d_pending), 0)::bigint AS p, coalesce(sum(d_active), 0)::bigint AS a,
                                coalesce(sum(d_held), 0)::bigint AS h FROM %I.loyalty_movement WHERE %I = $1';
BEGIN
  EXECUTE format('SELECT account_id, d_pending, d_active, d_held FROM %I.loyalty_entry WHERE id = $1', TG_TABLE_SCHEMA)
    INTO entry USING NEW.entry_id;
  EXECUTE format('SELECT account_id, pending, active, held FROM %I.loyalty_lot WHERE id = $1', TG_TABLE_SCHEMA)
    INTO lot USING NEW.lot_id;
  EXECUTE format(sums, TG_TABLE_SCHEMA, 'entry_id') INTO by_entry USING NEW.entry_id;
  EXECUTE format(sums, TG_TABLE_SCHEMA, 'lot_id') INTO by_lot USING NEW.lot_id;
  IF entry.account_id IS DISTINCT FROM lot.account_id
     OR (by_entry.p, by_entry.a, by_entry.h) IS DISTINCT FROM (entry.d_pending, entry.d_active, entry.d_held)
     OR (by_lot.p, by_lot.a, by_lot.h) IS DISTINCT FROM (lot.pending, lot.active, lot.held) THEN
    RAISE EXCEPTION 'movement % fits neither its entry nor its lot', NEW.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END
$body$;
"""

HASH_FUNCTION = r"""
SELECT pg_advisory_xact_lock(hashtext('loyalty functions'));

CREATE OR REPLACE FUNCTION public.loyalty_entry_hash(
  prev bytea, account bigint, seq bigint, operation bigint, kind text, deltas bigint[], reverses bigint, at timestamptz
) RETURNS bytea LANGUAGE sql IMMUTABLE AS $body$
  SELECT sha256(prev || convert_to(
    concat_ws('|', account, seq, operation, kind, array_to_string(deltas, ','), coalesce(reverses, 0),
              (extract(epoch FROM at) * 1000000)::bigint), 'UTF8'))
$body$;
"""

SHAPE = """
ALTER TABLE loyalty_entry ADD CONSTRAINT loyalty_entry_shape CHECK (CASE kind
  WHEN 'earn' THEN d_pending >= 0 AND d_active >= 0 AND d_pending + d_active > 0 AND d_held = 0 AND d_debt = 0
  WHEN 'activate' THEN d_active > 0 AND d_pending = -d_active AND d_held = 0 AND d_debt = 0
  WHEN 'offset' THEN d_active <> 0 AND d_debt = d_active AND d_pending = 0 AND d_held = 0
  WHEN 'hold' THEN d_held > 0 AND d_active = -d_held AND d_pending = 0 AND d_debt = 0
  WHEN 'release' THEN d_active > 0 AND d_held = -d_active AND d_pending = 0 AND d_debt = 0
  WHEN 'burn' THEN d_active <= 0 AND d_held <= 0 AND d_active + d_held < 0 AND d_pending = 0 AND d_debt = 0
  WHEN 'unburn' THEN d_active > 0 AND d_pending = 0 AND d_held = 0 AND d_debt = 0
  WHEN 'expire' THEN d_pending <= 0 AND d_active <= 0 AND d_pending + d_active < 0 AND d_held = 0 AND d_debt = 0
  WHEN 'adjust' THEN d_active <> 0 AND d_pending = 0 AND d_held = 0 AND d_debt = 0
  WHEN 'reverse' THEN d_pending <= 0 AND d_active <= 0 AND d_debt >= 0 AND d_held = 0
                      AND d_pending + d_active - d_debt < 0
  WHEN 'transfer_out' THEN d_pending <= 0 AND d_active <= 0 AND d_debt <= 0 AND d_held = 0
                           AND d_pending + d_active + d_debt < 0
  WHEN 'transfer_in' THEN d_pending >= 0 AND d_active >= 0 AND d_debt >= 0 AND d_held = 0
                          AND d_pending + d_active + d_debt > 0
  WHEN 'write_off' THEN d_debt < 0 AND d_pending = 0 AND d_active = 0 AND d_held = 0
  ELSE false
END);
"""

DROP_SHAPE = "ALTER TABLE loyalty_entry DROP CONSTRAINT IF EXISTS loyalty_entry_shape;"

TRIGGERS = """
CREATE TRIGGER entry_rows_stay BEFORE UPDATE OR DELETE ON loyalty_entry
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_refuse_change();
CREATE TRIGGER entry_table_stays BEFORE TRUNCATE ON loyalty_entry
  FOR EACH STATEMENT EXECUTE FUNCTION public.loyalty_refuse_change();
CREATE TRIGGER movement_rows_stay BEFORE UPDATE OR DELETE ON loyalty_movement
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_refuse_change();
CREATE TRIGGER movement_table_stays BEFORE TRUNCATE ON loyalty_movement
  FOR EACH STATEMENT EXECUTE FUNCTION public.loyalty_refuse_change();
CREATE TRIGGER lot_rows_stay BEFORE DELETE ON loyalty_lot
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_refuse_change();
CREATE TRIGGER operation_rows_stay BEFORE DELETE ON loyalty_operation
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_refuse_change();
CREATE TRIGGER operation_guard BEFORE UPDATE ON loyalty_operation
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_guard_operation();
CREATE TRIGGER lot_guard BEFORE UPDATE ON loyalty_lot
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_guard_lot();
CREATE TRIGGER account_guard BEFORE INSERT OR UPDATE ON loyalty_account
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_guard_account();
CREATE TRIGGER entry_chain BEFORE INSERT ON loyalty_entry
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_chain_entry();
CREATE CONSTRAINT TRIGGER entry_proof AFTER INSERT ON loyalty_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_prove_entry();
CREATE CONSTRAINT TRIGGER lot_proof AFTER INSERT OR UPDATE OF pending, active, held ON loyalty_lot
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.loyalty_prove_lot();
CREATE CONSTRAINT TRIGGER movement_proof AFTER INSERT ON loyalty_movement DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_prove_movement();
"""

DROP_TRIGGERS = """
DROP TRIGGER IF EXISTS entry_rows_stay ON loyalty_entry;
DROP TRIGGER IF EXISTS entry_table_stays ON loyalty_entry;
DROP TRIGGER IF EXISTS movement_rows_stay ON loyalty_movement;
DROP TRIGGER IF EXISTS movement_table_stays ON loyalty_movement;
DROP TRIGGER IF EXISTS lot_rows_stay ON loyalty_lot;
DROP TRIGGER IF EXISTS operation_rows_stay ON loyalty_operation;
DROP TRIGGER IF EXISTS operation_guard ON loyalty_operation;
DROP TRIGGER IF EXISTS lot_guard ON loyalty_lot;
DROP TRIGGER IF EXISTS account_guard ON loyalty_account;
DROP TRIGGER IF EXISTS entry_chain ON loyalty_entry;
DROP TRIGGER IF EXISTS entry_proof ON loyalty_entry;
DROP TRIGGER IF EXISTS lot_proof ON loyalty_lot;
DROP TRIGGER IF EXISTS movement_proof ON loyalty_movement;
"""

CONSENT_TRIGGERS = """
CREATE TRIGGER consent_rows_stay BEFORE UPDATE OR DELETE ON loyalty_consententry
  FOR EACH ROW EXECUTE FUNCTION public.loyalty_refuse_change();
"""

DROP_CONSENT_TRIGGERS = "DROP TRIGGER IF EXISTS consent_rows_stay ON loyalty_consententry;"
