-- before
select 1;

-- up
create collation plain from "C";

-- down
select 1;

-- good down
drop collation plain;
