-- from 15
create table b (days datemultirange);
create materialized view busy as select range_agg(days) as days from b;
