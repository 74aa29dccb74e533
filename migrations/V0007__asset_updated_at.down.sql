DROP TRIGGER touch_updated_at ON assets;

DROP FUNCTION touch_updated_at();

ALTER TABLE assets DROP COLUMN updated_at;
