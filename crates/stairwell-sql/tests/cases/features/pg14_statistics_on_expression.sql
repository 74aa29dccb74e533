create table ev (at timestamp, kind text);
create statistics ev_day on (date_trunc('day', at)), lower(kind) from ev;
create statistics ev_month on (date_trunc('month', at)) from ev;
