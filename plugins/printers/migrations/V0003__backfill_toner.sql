-- Printers that never report a percentage get an estimate from the last word they said.
-- An unknown word counts as empty, so that somebody goes and looks.
UPDATE printer_supplies
SET toner_level = CASE lower(btrim(state))
    WHEN 'full' THEN 100
    WHEN 'ok' THEN 60
    WHEN 'low' THEN 10
    ELSE 0
END
WHERE toner_level IS NULL;
