-- Reports kept repeating the same five joins, each forgetting another outer one.
CREATE VIEW asset_overview AS
SELECT
    assets.id AS asset_id,
    assets.asset_number,
    assets.name,
    asset_types.name AS asset_type,
    assets.status,
    sites.code AS site_code,
    locations.label AS location_label,
    departments.cost_center,
    vendors.name AS vendor_name
FROM assets
INNER JOIN asset_types ON asset_types.code = assets.asset_type_code
LEFT JOIN locations ON locations.id = assets.location_id
LEFT JOIN sites ON sites.id = locations.site_id
LEFT JOIN departments ON departments.id = assets.department_id
LEFT JOIN vendors ON vendors.id = assets.vendor_id;

COMMENT ON VIEW asset_overview IS 'One row for each asset, also for those without a place';
