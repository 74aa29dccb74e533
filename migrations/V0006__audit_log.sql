-- Auditors ask who changed an asset and what it said before.
-- A trigger answers that for every client, including the colleague with psql.
CREATE TABLE audit_log (
    id bigserial NOT NULL,
    table_name text NOT NULL,
    row_key text NOT NULL,
    action text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL,
    old_row jsonb,
    new_row jsonb,
    CONSTRAINT pk_audit_log PRIMARY KEY (id),
    CONSTRAINT ck_audit_log_action CHECK (action IN ('INSERT', 'UPDATE', 'DELETE'))
);

CREATE INDEX ix_audit_log_table_name_row_key ON audit_log (table_name, row_key);

CREATE FUNCTION record_audit_entry() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    key_column text := TG_ARGV[0];
    before jsonb;
    after jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        before := to_jsonb(OLD);
    END IF;

    IF TG_OP <> 'DELETE' THEN
        after := to_jsonb(NEW);
    END IF;

    -- Importers write unchanged rows all night long.
    IF before = after THEN
        RETURN NULL;
    END IF;

    INSERT INTO audit_log (table_name, row_key, action, changed_by, old_row, new_row)
    VALUES (
        TG_TABLE_NAME,
        COALESCE(after, before) ->> key_column,
        TG_OP,
        COALESCE(NULLIF(current_setting('shopdb.login', true), ''), current_user),
        before,
        after
    );

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION record_audit_entry() IS 'AFTER row trigger; its argument names the key column of the audited table';

CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON assets
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('id');

CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON users
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('id');
