create table setting (id int primary key, data jsonb not null default '{}');
insert into setting values (1, '{"theme": {"dark": false}}');
update setting set data['theme']['dark'] = 'true', data['size'] = '12';
create index on setting ((data['size']));
