create table log (at date not null, msg text) partition by range (at);
create table log_2023 partition of log for values from ('2023-01-01') to ('2024-01-01');
alter table log detach partition log_2023 concurrently;
