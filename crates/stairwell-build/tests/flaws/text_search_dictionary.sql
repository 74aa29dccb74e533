-- before
select 1;

-- up
create text search dictionary plain (template = simple, stopwords = english);

-- down
select 1;

-- good down
drop text search dictionary plain;
