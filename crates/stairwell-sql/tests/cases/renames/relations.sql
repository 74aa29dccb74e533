CREATE TABLE parent (id serial PRIMARY KEY, code text UNIQUE);
CREATE TABLE child (id serial, p integer REFERENCES parent, c text REFERENCES parent (code));
CREATE TABLE heir () INHERITS (parent);
ALTER TABLE parent REPLICA IDENTITY USING INDEX parent_pkey;
ALTER TABLE parent RENAME TO mother;
ALTER TABLE mother RENAME CONSTRAINT parent_pkey TO mother_pkey;
ALTER INDEX parent_code_key RENAME TO mother_code;
ALTER SEQUENCE parent_id_seq RENAME TO numbers;
CREATE SCHEMA s;
ALTER TABLE mother SET SCHEMA s;
ALTER TABLE s.mother RENAME COLUMN code TO label;
-- refused
DROP TABLE s.mother;
DROP TABLE s.mother CASCADE;
