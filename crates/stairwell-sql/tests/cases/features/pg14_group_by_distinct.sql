create table sale (y int, q int, amount numeric);
create view sale_cube as
  select y, q, sum(amount) as total from sale group by distinct rollup (y, q), rollup (y);
