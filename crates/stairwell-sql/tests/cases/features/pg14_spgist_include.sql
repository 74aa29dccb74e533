create table p (pos point, label text);
create index p_pos on p using spgist (pos) include (label);
