-- before
select 1;

-- up
do $$ begin
  create type mood as enum ('good', 'bad');
exception when duplicate_object then null;
end $$;

-- down
select 1;

-- good down
drop type mood;
