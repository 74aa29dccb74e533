-- before
create type pair as (a int);

-- up
alter type pair add attribute b int;

-- down
select 1;

-- good down
alter type pair drop attribute b;
