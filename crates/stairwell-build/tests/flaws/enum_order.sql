-- before
create type mood as enum ('good', 'bad');

-- up
drop type mood;

-- down
create type mood as enum ('bad', 'good');

-- good down
create type mood as enum ('good', 'bad');
