-- from 16
create table t (at timestamptz, due timestamptz default date_add('2024-03-30 12:00+00', '1 day', 'Europe/Berlin'));
insert into t (at) select * from generate_series(timestamptz '2024-03-30', '2024-04-02', '1 day', 'Europe/Berlin');
