-- before
create type mood as enum ('good', 'bad');

-- up
alter type mood rename value 'bad' to 'poor';

-- down
select 1;

-- good down
alter type mood rename value 'poor' to 'bad';
