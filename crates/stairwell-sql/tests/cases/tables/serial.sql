CREATE TABLE t (id serial PRIMARY KEY, big bigserial, small smallserial UNIQUE, plain int);
CREATE TABLE t_id_seq1 (a int);
CREATE SEQUENCE v_id_seq;
CREATE TABLE v (id serial);
ALTER TABLE v ADD COLUMN other bigserial NOT NULL;
ALTER TABLE v ADD x smallserial;
CREATE SCHEMA s;
CREATE TABLE s.t (id serial);
