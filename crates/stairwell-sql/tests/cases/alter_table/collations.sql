CREATE COLLATION mine FROM "C";
CREATE TABLE t (a text COLLATE "C", b text COLLATE mine, c text COLLATE "default", d text COLLATE pg_catalog."POSIX", e text COLLATE public.mine DEFAULT 'x' NOT NULL, f text DEFAULT 'x' COLLATE "C");
ALTER TABLE t ALTER a TYPE varchar(3);
ALTER TABLE t ALTER c TYPE text COLLATE mine;
ALTER TABLE t ADD COLUMN g text COLLATE "C" DEFAULT 'a';
