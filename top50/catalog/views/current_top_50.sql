WITH newest AS (
    SELECT chart, max(chart_date) AS chart_date FROM chart_entries GROUP BY chart
)
SELECT
    top_50.*,
    chart_movement.previous_rank,
    chart_movement.rank_change,
    chart_movement.status,
    chart_movement.peak_rank,
    chart_movement.peak_date,
    chart_movement.weeks_on_chart,
    chart_movement.streak_weeks,
    chart_movement.reported_previous_rank,
    chart_movement.reported_peak_rank,
    chart_movement.reported_weeks_on_chart
FROM newest
INNER JOIN top_50
    ON top_50.chart = newest.chart
    AND top_50.chart_date = newest.chart_date
INNER JOIN chart_movement
    ON chart_movement.chart = top_50.chart
    AND chart_movement.chart_date = top_50.chart_date
    AND chart_movement.rank = top_50.rank
