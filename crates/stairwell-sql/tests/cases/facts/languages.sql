create language plsample handler plpgsql_call_handler;
create language other handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator;
alter language other rename to another;
create language gone handler plpgsql_call_handler;
drop language gone;
-- refused
drop language gone;
create access method heap2 type table handler heap_tableam_handler;
create access method heap3 type table handler heap_tableam_handler;
drop access method heap3;
