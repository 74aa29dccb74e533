-- before
select 1;

-- up
do $$ begin execute format('alter database %I set work_mem = ''8MB''', current_database()); end $$;

-- down
select 1;

-- good down
do $$ begin execute format('alter database %I reset work_mem', current_database()); end $$;
