CREATE TYPE mood AS ENUM ('a');
CREATE TABLE t (a _mood, b mood ARRAY, c mood[3][3], d _int4, e integer ARRAY[4]);
ALTER TYPE mood RENAME TO feeling;
