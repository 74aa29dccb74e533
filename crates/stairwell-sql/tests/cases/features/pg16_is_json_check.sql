-- from 16
create table raw (body text check (body is json object with unique keys), list text check (list is json array));
