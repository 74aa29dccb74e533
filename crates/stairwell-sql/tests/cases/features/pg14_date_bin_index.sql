create table reading (at timestamp not null, v float8);
create index reading_bin on reading (date_bin('15 minutes', at, timestamp '2000-01-01'));
