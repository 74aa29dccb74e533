create table a (body text compression pglz);
create table b (like a including compression);
