CREATE TABLE t (id bigint PRIMARY KEY, name varchar(40) NOT NULL DEFAULT 'x', note text COLLATE "C", amount numeric(10), at timestamptz(3) DEFAULT now());
CREATE TABLE "Quoted Name" ("Id" int, "with space" text);
CREATE TABLE empty ();
CREATE TABLE IF NOT EXISTS t (other int);
CREATE SCHEMA s;
CREATE TABLE s.t (id int);
-- refused
CREATE TABLE s.t (id int);
-- refused
CREATE TABLE nowhere.t (id int);
-- refused
CREATE TABLE double (a int, a text);
