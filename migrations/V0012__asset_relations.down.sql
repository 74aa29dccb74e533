DROP TABLE asset_relations;
