-- from 15
create table tenant_user (tenant int, id int, primary key (tenant, id));
create table post (tenant int not null, id int, author int, primary key (tenant, id),
  foreign key (tenant, author) references tenant_user on delete set null (author));
