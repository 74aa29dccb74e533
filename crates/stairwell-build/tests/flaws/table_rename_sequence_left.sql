-- before
create table a (id serial);

-- up
alter table a rename to b;
alter sequence a_id_seq rename to b_id_seq;

-- down
alter table b rename to a;

-- good down
alter sequence b_id_seq rename to a_id_seq;
alter table b rename to a;
