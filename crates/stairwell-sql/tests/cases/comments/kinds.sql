CREATE SCHEMA s;
CREATE TABLE s.t (id serial PRIMARY KEY, n integer CONSTRAINT positive CHECK (n > 0), x text);
CREATE VIEW s.v AS SELECT id FROM s.t;
CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.t;
CREATE SEQUENCE s.seq;
CREATE INDEX i ON s.t (x);
CREATE TYPE s.e AS ENUM ('a');
CREATE TYPE s.c AS (a integer);
CREATE DOMAIN s.d AS integer CONSTRAINT dc CHECK (VALUE > 0);
CREATE FUNCTION s.f(a integer, b text[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION s.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE s.total(integer) (SFUNC = int4pl, STYPE = integer);
CREATE TRIGGER tr BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.g();
CREATE RULE r AS ON INSERT TO s.t DO ALSO NOTHING;
CREATE POLICY pol ON s.t USING (true);
COMMENT ON SCHEMA s IS 'schema';
COMMENT ON SCHEMA public IS 'ours';
COMMENT ON TABLE s.t IS 'table''s';
COMMENT ON COLUMN s.t.id IS E'col\num';
COMMENT ON COLUMN s.v.id IS $$of view$$;
COMMENT ON COLUMN s.m.id IS 'of matview';
COMMENT ON COLUMN s.c.a IS 'of composite';
COMMENT ON CONSTRAINT positive ON s.t IS 'check';
COMMENT ON CONSTRAINT t_pkey ON s.t IS 'key';
COMMENT ON CONSTRAINT dc ON DOMAIN s.d IS 'domain check';
COMMENT ON VIEW s.v IS 'view';
COMMENT ON MATERIALIZED VIEW s.m IS 'matview';
COMMENT ON SEQUENCE s.seq IS 'sequence';
COMMENT ON INDEX s.i IS 'index';
COMMENT ON TYPE s.e IS 'enum';
COMMENT ON TYPE s.c IS 'composite';
COMMENT ON TYPE s.d IS 'as type';
COMMENT ON DOMAIN s.d IS 'domain';
COMMENT ON FUNCTION s.f(integer, text[]) IS 'function';
COMMENT ON FUNCTION s.g IS 'by name';
COMMENT ON PROCEDURE s.p() IS 'procedure';
COMMENT ON ROUTINE s.p IS 'routine';
COMMENT ON AGGREGATE s.total(integer) IS 'aggregate';
COMMENT ON TRIGGER tr ON s.t IS 'trigger';
COMMENT ON RULE r ON s.t IS 'rule';
COMMENT ON RULE "_RETURN" ON s.v IS 'the view';
COMMENT ON POLICY pol ON s.t IS 'policy';
COMMENT ON TYPE s.t IS 'row type';
COMMENT ON LANGUAGE plpgsql IS 'x';
-- refused
COMMENT ON TABLE s.v IS 'x';
-- refused
COMMENT ON VIEW s.t IS 'x';
-- refused
COMMENT ON COLUMN s.t.nobody IS 'x';
-- refused
COMMENT ON COLUMN s.nobody.id IS 'x';
-- refused
COMMENT ON COLUMN s.i.x IS 'x';
-- refused
COMMENT ON COLUMN s.seq.last_value IS 'x';
-- refused
COMMENT ON FUNCTION s.f(integer) IS 'x';
-- refused
COMMENT ON CONSTRAINT nobody ON DOMAIN s.d IS 'x';
-- refused
COMMENT ON TRIGGER nobody ON s.t IS 'x';
-- refused
COMMENT ON DOMAIN s.e IS 'x';
-- refused
COMMENT ON SCHEMA nobody IS 'x';
