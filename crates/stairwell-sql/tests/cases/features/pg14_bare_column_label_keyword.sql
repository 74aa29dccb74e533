create view v as select 1 level, 'x' comment, 2 version, 3 index;
