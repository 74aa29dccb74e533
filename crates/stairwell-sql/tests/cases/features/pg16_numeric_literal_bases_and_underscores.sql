-- from 16
create table t (mask int not null default 0xFF, mode int default 0o755, flag int default 0b1010, big bigint default 1_000_000);
insert into t (big) values (5_000_000_000);
