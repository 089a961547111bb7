"""One question for all schemas at once: which migrations does each not have?"""

from django.db import migrations

FORWARDS = """
CREATE OR REPLACE FUNCTION public.missing_migrations(schemas text[], wanted text[])
RETURNS TABLE (schema_name text, missing text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    has_table boolean;
BEGIN
    FOREACH schema_name IN ARRAY schemas LOOP
        has_table := to_regclass(format('%I.django_migrations', schema_name)) IS NOT NULL;
        IF NOT has_table THEN
            missing := wanted;
            RETURN NEXT;
            CONTINUE;
        END IF;
        EXECUTE format(
            'SELECT array_agg(w ORDER BY place) FROM unnest($1) WITH ORDINALITY AS wanted(w, place)
             WHERE NOT EXISTS (SELECT 1 FROM %I.django_migrations AS had WHERE had.app || ''.'' || had.name = w)',
            schema_name
        ) INTO missing USING wanted;
        IF missing IS NOT NULL THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
"""
BACKWARDS = "DROP FUNCTION IF EXISTS public.missing_migrations(text[], text[]);"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
