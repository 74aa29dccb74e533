-- A column that came from one parent and is added to the other stays when the first one drops it.
CREATE TABLE a (id integer);
CREATE TABLE b (id integer);
CREATE TABLE c () INHERITS (a, b);
CREATE TABLE d () INHERITS (c);
ALTER TABLE a ADD COLUMN w integer;
ALTER TABLE b ADD COLUMN w integer;
ALTER TABLE a DROP COLUMN w;
ALTER TABLE c NO INHERIT b;
ALTER TABLE b DROP COLUMN w;
-- What was the table's own stays as well.
CREATE TABLE e (x integer) INHERITS (a);
ALTER TABLE a ADD COLUMN x integer;
ALTER TABLE a DROP COLUMN x;
-- So a view that reads it is in nobody's way.
CREATE TABLE f (v integer CHECK (v > 0));
CREATE TABLE g (v integer);
CREATE TABLE h () INHERITS (f, g);
CREATE VIEW reads AS SELECT v FROM h;
ALTER TABLE f DROP COLUMN v;
-- refused
ALTER TABLE g DROP COLUMN v;
