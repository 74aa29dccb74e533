create table booking (id int primary key, days datemultirange not null default '{}');
insert into booking values (1, datemultirange(daterange('2024-01-01', '2024-01-05'), daterange('2024-02-01', '2024-02-03')));
create index on booking using gist (days);
