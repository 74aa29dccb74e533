CREATE TABLE a (id int, owner text, tenant int);
CREATE TABLE allowed (tenant int, who text);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION tenant() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE POLICY everything ON a;
CREATE POLICY own ON a AS RESTRICTIVE FOR SELECT TO PUBLIC USING (owner = current_user);
CREATE POLICY writes ON a FOR INSERT TO pg_monitor, pg_read_all_data WITH CHECK (tenant = tenant());
CREATE POLICY changes ON a FOR UPDATE USING (true) WITH CHECK (tenant IN (SELECT tenant FROM allowed));
CREATE POLICY removes ON a FOR DELETE USING (false);
ALTER POLICY everything ON a TO pg_monitor USING (id > 0) WITH CHECK (id > 1);
ALTER POLICY everything ON a RENAME TO all_of_it;
ALTER POLICY own ON a USING (id > 0);
-- refused
CREATE POLICY own ON a;
-- refused
CREATE POLICY x ON missing;
-- refused
ALTER POLICY missing ON a USING (true);
-- refused
CREATE POLICY x ON a FOR SELECT WITH CHECK (true);
-- refused
CREATE POLICY x ON a FOR INSERT USING (true);
-- refused
CREATE POLICY x ON a USING (missing = 1);
-- refused
CREATE POLICY x ON a USING (EXISTS (SELECT 1 FROM missing));
-- refused
DROP TABLE allowed;
ALTER TABLE a DROP COLUMN owner;
-- refused
ALTER TABLE a DROP COLUMN tenant;
ALTER POLICY changes ON a WITH CHECK (true);
DROP TABLE allowed;
ALTER TABLE a RENAME TO renamed;
