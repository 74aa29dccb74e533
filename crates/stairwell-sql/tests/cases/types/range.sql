CREATE TYPE timerange AS RANGE (SUBTYPE = time);
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE named AS RANGE (subtype = numeric, multirange_type_name = many_named);
CREATE TYPE of_text AS RANGE (subtype = text, collation = "C");
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TYPE moods AS RANGE (subtype = mood);
CREATE TABLE t (a timerange, b timemultirange, c span_multirange[], d many_named, e moods);
-- refused
CREATE TYPE span AS RANGE (subtype = integer);
-- refused
CREATE TYPE without AS RANGE (collation = "C");
-- refused
DROP TYPE mood;
ALTER TYPE timerange RENAME TO hours;
ALTER TYPE named RENAME TO called;
CREATE SCHEMA s;
ALTER TYPE span SET SCHEMA s;
-- refused
DROP TYPE hours;
DROP TYPE hours CASCADE;
DROP TYPE mood CASCADE;
