-- The words still stand in state, so every estimate can go; measured levels stay.
UPDATE printer_supplies
SET toner_level = NULL
WHERE toner_measured_at IS NULL;
