-- The nightly export to the ERP wants only the assets that changed since yesterday.
-- Existing assets count as changed when they were created.
ALTER TABLE assets ADD COLUMN updated_at timestamptz;

UPDATE assets SET updated_at = created_at;

ALTER TABLE assets ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE assets ALTER COLUMN updated_at SET NOT NULL;

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER touch_updated_at
BEFORE UPDATE ON assets
FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
