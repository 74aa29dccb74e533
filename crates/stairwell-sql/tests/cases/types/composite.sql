CREATE TYPE nothing AS ();
CREATE TYPE money_amount AS (currency char(3), amount numeric(12, 2), note text COLLATE "C");
CREATE TYPE pair AS (a money_amount, b money_amount[], "C" integer);
-- refused
CREATE TYPE twice AS (a integer, a text);
-- refused
CREATE TYPE unknown_type AS (a nobody);
ALTER TYPE pair ADD ATTRIBUTE d text COLLATE "C", DROP ATTRIBUTE "C", ALTER ATTRIBUTE a SET DATA TYPE integer;
ALTER TYPE pair RENAME ATTRIBUTE d TO e;
-- refused
ALTER TYPE pair RENAME ATTRIBUTE d TO f;
-- refused
ALTER TYPE pair RENAME ATTRIBUTE e TO b;
-- refused
ALTER TYPE pair ADD ATTRIBUTE b integer;
ALTER TYPE pair DROP ATTRIBUTE IF EXISTS nothing;
-- refused
ALTER TYPE pair DROP ATTRIBUTE nothing;
ALTER TYPE money_amount RENAME TO amount;
ALTER TYPE pair RENAME TO couple;
CREATE TABLE holder (c couple, many couple[]);
ALTER TYPE couple ADD ATTRIBUTE g bigint;
-- refused
CREATE TABLE couple (a integer);
-- refused
CREATE TYPE holder AS (a integer);
-- refused
ALTER TYPE holder RENAME TO other;
-- refused
DROP TYPE holder;
