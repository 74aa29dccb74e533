create table m (a int, b text);
create index m_a on m using brin (a int4_minmax_multi_ops (values_per_range = 16));
create index m_b on m using brin (b text_bloom_ops);
