-- The monthly security meeting opens with this list.
CREATE VIEW computers_out_of_support AS
SELECT
    computers.asset_id,
    assets.asset_number,
    computers.hostname,
    operating_systems.name AS operating_system,
    operating_systems.version,
    operating_systems.support_ends_on
FROM computers
INNER JOIN assets ON assets.id = computers.asset_id
INNER JOIN operating_systems ON operating_systems.id = computers.operating_system_id
WHERE
    operating_systems.support_ends_on < CURRENT_DATE
    AND assets.status <> 'retired';
