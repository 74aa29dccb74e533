-- Without the history every plan would be due on the first day.
UPDATE maintenance_plans
SET last_done_on = history.performed_on
FROM (
    SELECT
        plan_id,
        max(performed_on) AS performed_on
    FROM maintenance_events
    GROUP BY plan_id
) AS history
WHERE
    history.plan_id = maintenance_plans.id
    AND maintenance_plans.last_done_on IS NULL;
