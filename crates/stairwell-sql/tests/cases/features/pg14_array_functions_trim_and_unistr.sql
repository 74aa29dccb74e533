create table tag (words text[] default trim_array(array['a', 'b', 'c'], 1), mark text default unistr('\00e9'));
insert into tag select array_agg(w) from string_to_table('x,y', ',') w;
