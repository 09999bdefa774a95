-- 1. First reason that applies, row by row.
CREATE TABLE judged AS
WITH typed AS MATERIALIZED (
    SELECT raw.*, stores.zone, stores.currency AS store_currency,
           instant(raw.ordered_at, stores.zone) AS ordered_utc,
           instant(raw.updated_at, stores.zone) AS updated_utc,
           minor(raw.amount, currencies.minor_digits) AS amount_minor
    FROM raw
    LEFT JOIN stores USING (store_id)
    LEFT JOIN currencies ON currencies.currency = stores.currency
)
SELECT *,
       CASE
           WHEN order_id = '' THEN 'missing_key'
           WHEN zone IS NULL THEN 'unknown_store'
           WHEN 'bad' IN (ordered_utc, updated_utc) THEN 'bad_timestamp'
           WHEN 'skipped' IN (ordered_utc, updated_utc) THEN 'nonexistent_time'
           WHEN currency <> store_currency THEN 'currency_mismatch'
           WHEN amount_minor IS NULL THEN 'bad_amount'
       END AS reason
FROM typed;

-- 2. The latest update of each order; among equals the row that came last.
CREATE TABLE newest AS
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY updated_utc DESC, rowid DESC) AS age
    FROM judged WHERE reason IS NULL
) WHERE age = 1;

-- 3. What goes out.
CREATE TABLE orders AS
SELECT order_id, store_id, customer, ordered_utc AS ordered_at, updated_utc AS updated_at, currency, amount_minor
FROM newest
ORDER BY order_id;

CREATE TABLE daily_revenue AS
SELECT orders.store_id, local_day(ordered_at, zone) AS business_date, orders.currency,
       count(*) AS orders, sum(amount_minor) AS revenue_minor
FROM orders JOIN stores USING (store_id)
GROUP BY 1, 2, 3
ORDER BY 1, 2;

CREATE TABLE quarantine AS
SELECT file, line, reason FROM judged WHERE reason IS NOT NULL ORDER BY file, line;
