-- from 15
create unlogged sequence s;
alter sequence s set logged;
