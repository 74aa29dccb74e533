-- before
select 1;

-- up
create operator === (leftarg = int, rightarg = int, function = int4eq);

-- down
select 1;

-- good down
drop operator === (int, int);
