CREATE TABLE t (a int, b text, c text);
ALTER TABLE t ALTER a TYPE text USING b || ' and ' || c, ALTER b TYPE bigint USING a * 10, DROP COLUMN c;
-- refused
ALTER TABLE t ALTER a TYPE text USING c;
