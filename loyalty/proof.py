"""Proving the ledger from its own rows. Each check is one statement, so it sees one moment of a busy shop."""

import hashlib
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from loyalty.models import LedgerDigest, ReconcileRun

MOST_FINDINGS = 200

CHECKS = {
    "account is the sum of its entries": """
        SELECT 'account ' || a.id || ' says ' || concat_ws('/', a.pending, a.active, a.held, a.debt)
               || ' at ' || a.seq || ', its entries say '
               || concat_ws('/', coalesce(e.p, 0), coalesce(e.a, 0), coalesce(e.h, 0), coalesce(e.d, 0))
               || ' at ' || coalesce(e.top, 0)
        FROM loyalty_account a LEFT JOIN (
          SELECT account_id, sum(d_pending) AS p, sum(d_active) AS a, sum(d_held) AS h, sum(d_debt) AS d,
                 max(seq) AS top, count(*) AS n FROM loyalty_entry GROUP BY account_id
        ) e ON e.account_id = a.id
        WHERE (a.pending, a.active, a.held, a.debt, a.seq, a.seq)
              IS DISTINCT FROM (coalesce(e.p, 0)::bigint, coalesce(e.a, 0)::bigint, coalesce(e.h, 0)::bigint,
                                coalesce(e.d, 0)::bigint, coalesce(e.top, 0), coalesce(e.n, 0))""",
    "account is the sum of its lots": """
        SELECT 'account ' || a.id || ' says ' || concat_ws('/', a.pending, a.active, a.held) || ', its lots say '
               || concat_ws('/', coalesce(l.p, 0), coalesce(l.a, 0), coalesce(l.h, 0))
        FROM loyalty_account a LEFT JOIN (
          SELECT account_id, sum(pending) AS p, sum(active) AS a, sum(held) AS h FROM loyalty_lot GROUP BY account_id
        ) l ON l.account_id = a.id
        WHERE (a.pending, a.active, a.held)
              IS DISTINCT FROM (coalesce(l.p, 0)::bigint, coalesce(l.a, 0)::bigint, coalesce(l.h, 0)::bigint)""",
    "lot is the sum of its movements": """
        SELECT 'lot ' || l.id || ' says ' || concat_ws('/', l.pending, l.active, l.held) || ', its movements say '
               || concat_ws('/', coalesce(m.p, 0), coalesce(m.a, 0), coalesce(m.h, 0))
        FROM loyalty_lot l LEFT JOIN (
          SELECT lot_id, sum(d_pending) AS p, sum(d_active) AS a, sum(d_held) AS h FROM loyalty_movement GROUP BY lot_id
        ) m ON m.lot_id = l.id
        WHERE (l.pending, l.active, l.held)
              IS DISTINCT FROM (coalesce(m.p, 0)::bigint, coalesce(m.a, 0)::bigint, coalesce(m.h, 0)::bigint)""",
    "entry is the sum of its movements": """
        SELECT 'entry ' || e.id || ' of account ' || e.account_id || ' is not explained by its movements'
        FROM loyalty_entry e LEFT JOIN (
          SELECT entry_id, sum(d_pending) AS p, sum(d_active) AS a, sum(d_held) AS h
          FROM loyalty_movement GROUP BY entry_id
        ) m ON m.entry_id = e.id
        WHERE (e.d_pending, e.d_active, e.d_held)
              IS DISTINCT FROM (coalesce(m.p, 0)::bigint, coalesce(m.a, 0)::bigint, coalesce(m.h, 0)::bigint)""",
    "entries follow one another": """
        SELECT 'entry ' || seq || ' of account ' || account_id || ' does not follow the one before' FROM (
          SELECT *, lag(seq, 1, 0::bigint) OVER w AS s, lag(after_pending, 1, 0::bigint) OVER w AS p,
                 lag(after_active, 1, 0::bigint) OVER w AS a, lag(after_held, 1, 0::bigint) OVER w AS h,
                 lag(after_debt, 1, 0::bigint) OVER w AS d
          FROM loyalty_entry WINDOW w AS (PARTITION BY account_id ORDER BY seq)
        ) e
        WHERE (seq, after_pending, after_active, after_held, after_debt)
              IS DISTINCT FROM (s + 1, p + d_pending, a + d_active, h + d_held, d + d_debt)""",
    "the hash chain is whole": """
        SELECT 'entry ' || seq || ' of account ' || account_id || ' was rewritten' FROM (
          SELECT *, lag(hash, 1, ''::bytea) OVER (PARTITION BY account_id ORDER BY seq) AS before FROM loyalty_entry
        ) e
        WHERE prev_hash <> before OR hash <> public.loyalty_entry_hash(
          prev_hash, account_id, seq, operation_id, kind::text, ARRAY[d_pending, d_active, d_held, d_debt],
          reverses_id, effective_at)""",
    "the account knows its newest entry": """
        SELECT 'account ' || a.id || ' carries another hash than entry ' || a.seq
        FROM loyalty_account a JOIN loyalty_entry e ON e.account_id = a.id AND e.seq = a.seq
        WHERE a.head_hash <> e.hash""",
    "gifts sum to nothing": """
        SELECT 'operation ' || operation_id || ' gave away another number than it brought'
        FROM loyalty_entry WHERE kind IN ('transfer_in', 'transfer_out')
        GROUP BY operation_id HAVING sum(d_pending) <> 0 OR sum(d_active) <> 0 OR sum(d_debt) <> 0""",
    "purchase has its points once": """
        SELECT 'purchase ' || p.id || ' was to give ' || p.points_awarded || ', the ledger gave ' || coalesce(e.n, 0)
        FROM loyalty_purchase p LEFT JOIN (
          SELECT purchase_id, sum(d_pending + d_active) AS n FROM loyalty_entry WHERE kind = 'earn' GROUP BY purchase_id
        ) e ON e.purchase_id = p.id
        WHERE p.points_awarded <> coalesce(e.n, 0)
           OR (p.status = 'accepted' AND p.points_awarded = 0 AND coalesce(p.quote ->> 'reason', '') = ''
               AND coalesce((p.quote ->> 'points')::bigint, 0) > 0)""",
    "purchase knows what was taken back": """
        SELECT 'purchase ' || p.id || ' says ' || p.points_reversed || ' taken back, the ledger says ' || coalesce(e.n, 0)
        FROM loyalty_purchase p LEFT JOIN (
          SELECT purchase_id, sum(d_debt - d_pending - d_active) AS n
          FROM loyalty_entry WHERE kind = 'reverse' GROUP BY purchase_id
        ) e ON e.purchase_id = p.id
        WHERE p.points_reversed <> coalesce(e.n, 0)""",
    "what was lapsed or taken back stays within the lot's account": """
        SELECT 'movement ' || m.id || ' joins two accounts' FROM loyalty_movement m
        JOIN loyalty_entry e ON e.id = m.entry_id JOIN loyalty_lot l ON l.id = m.lot_id
        WHERE e.account_id <> l.account_id""",
}


def prove() -> ReconcileRun:
    """Run every check and keep the run with what was found. Repairs nothing."""
    run = ReconcileRun(started_at=timezone.now(), checks={}, findings=[])
    with connection.cursor() as cursor:
        for name, statement in CHECKS.items():
            cursor.execute(f"{statement} LIMIT {MOST_FINDINGS}")
            found = [f"points: {line}" for (line,) in cursor.fetchall()]
            run.checks[name] = len(found)
            run.findings += found
    run.is_clean = not run.findings
    run.finished_at = timezone.now()
    run.save()
    return run


def write_digest(day: date) -> LedgerDigest:
    """Keep one number for the whole ledger as it stands now, chained to the digest before; once a day."""
    existing = LedgerDigest.objects.filter(day=day).first()
    if existing:
        return existing
    before = LedgerDigest.objects.filter(day__lt=day).order_by("-day").first()
    previous = bytes(before.digest) if before else b""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(seq), 0)::bigint, coalesce(sum(pending), 0)::bigint,"
            " coalesce(sum(active), 0)::bigint, coalesce(sum(held), 0)::bigint, coalesce(sum(debt), 0)::bigint,"
            " sha256(coalesce(string_agg(convert_to(id::text, 'UTF8') || head_hash, ''::bytea ORDER BY id), ''))"
            " FROM loyalty_account"
        )
        accounts, entries, pending, active, held, debt, heads = cursor.fetchone()
    return LedgerDigest.objects.create(
        day=day,
        accounts=accounts,
        entries=entries,
        totals={"pending": pending, "active": active, "held": held, "debt": debt},
        digest=hashlib.sha256(previous + bytes(heads)).digest(),
        prev_digest=previous,
    )


def overdue(now: datetime) -> int:
    """Accounts in which something has been due for over a day: the sweep is late (results stay right)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM loyalty_account WHERE next_event_at < %s - interval '24 hours'", [now])
        return int(cursor.fetchone()[0])
