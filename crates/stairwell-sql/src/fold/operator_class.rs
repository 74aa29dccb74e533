//! Which operator classes are the default ones, so that naming them says nothing.

/// Whether an operator class is the default one of its type and method; `None` if that is not known.
pub(crate) fn is_default(name: &str, method: &str) -> Option<bool> {
    match name {
        "inet_ops" => return Some(method != "gist"),
        "vector_l2_ops" => return Some(method == "ivfflat"),
        _ => {}
    }
    if OTHER.binary_search(&name).is_ok() {
        return Some(false);
    }
    if DEFAULT.binary_search(&name).is_ok() {
        return Some(true);
    }
    // BRIN has a family per type: `_minmax_ops` and `_inclusion_ops` are default, the others are not.
    if name.ends_with("_bloom_ops") || name.ends_with("_minmax_multi_ops") {
        return Some(false);
    }
    None
}

/// Classes of PostgreSQL, its contrib modules and pgvector that have to be asked for; sorted.
const OTHER: &[&str] = &[
    "bit_hamming_ops",
    "bit_jaccard_ops",
    "bpchar_pattern_ops",
    "cidr_ops",
    "citext_pattern_ops",
    "gin__int_ops",
    "gin_trgm_ops",
    "gist__intbig_ops",
    "gist_trgm_ops",
    "inet_minmax_ops",
    "jsonb_path_ops",
    "kd_point_ops",
    "record_image_ops",
    "text_pattern_ops",
    "varchar_ops",
    "varchar_pattern_ops",
    "vector_cosine_ops",
    "vector_ip_ops",
    "vector_l1_ops",
];

/// Default classes of PostgreSQL and its contrib modules; sorted.
const DEFAULT: &[&str] = &[
    "array_ops",
    "bit_minmax_ops",
    "bit_ops",
    "bool_ops",
    "box_inclusion_ops",
    "box_ops",
    "bpchar_minmax_ops",
    "bpchar_ops",
    "btree_hstore_ops",
    "bytea_minmax_ops",
    "bytea_ops",
    "char_minmax_ops",
    "char_ops",
    "circle_ops",
    "citext_ops",
    "cube_ops",
    "date_minmax_ops",
    "date_ops",
    "enum_ops",
    "float4_minmax_ops",
    "float4_ops",
    "float8_minmax_ops",
    "float8_ops",
    "gin_hstore_ops",
    "gist__int_ops",
    "gist__ltree_ops",
    "gist_bool_ops",
    "gist_cube_ops",
    "gist_date_ops",
    "gist_float4_ops",
    "gist_float8_ops",
    "gist_geometry_ops_2d",
    "gist_hstore_ops",
    "gist_int2_ops",
    "gist_int4_ops",
    "gist_int8_ops",
    "gist_ltree_ops",
    "gist_seg_ops",
    "gist_text_ops",
    "gist_timestamp_ops",
    "gist_timestamptz_ops",
    "gist_uuid_ops",
    "hash_hstore_ops",
    "inet_inclusion_ops",
    "int2_minmax_ops",
    "int2_ops",
    "int4_minmax_ops",
    "int4_ops",
    "int8_minmax_ops",
    "int8_ops",
    "interval_minmax_ops",
    "interval_ops",
    "jsonb_ops",
    "ltree_ops",
    "macaddr8_ops",
    "macaddr_ops",
    "money_ops",
    "multirange_ops",
    "name_minmax_ops",
    "name_ops",
    "numeric_minmax_ops",
    "numeric_ops",
    "oid_minmax_ops",
    "oid_ops",
    "oidvector_ops",
    "pg_lsn_ops",
    "point_ops",
    "poly_ops",
    "quad_point_ops",
    "range_inclusion_ops",
    "range_ops",
    "record_ops",
    "seg_ops",
    "text_minmax_ops",
    "text_ops",
    "tid_minmax_ops",
    "tid_ops",
    "time_minmax_ops",
    "time_ops",
    "timestamp_minmax_ops",
    "timestamp_ops",
    "timestamptz_minmax_ops",
    "timestamptz_ops",
    "timetz_minmax_ops",
    "timetz_ops",
    "tsquery_ops",
    "tsvector_ops",
    "uuid_minmax_ops",
    "uuid_ops",
    "varbit_minmax_ops",
    "varbit_ops",
    "vector_ops",
    "xid8_ops",
    "xid_ops",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_classes_are_sorted() {
        assert!(OTHER.is_sorted());
        assert!(DEFAULT.is_sorted());
    }
}
