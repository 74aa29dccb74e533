CREATE TABLE t (id serial);
-- refused
DROP SEQUENCE t_id_seq;
DROP SEQUENCE t_id_seq CASCADE;
