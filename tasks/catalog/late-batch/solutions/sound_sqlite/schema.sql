-- One database; a night is one transaction in it.
CREATE TABLE IF NOT EXISTS nights (night TEXT PRIMARY KEY, lines INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    plant TEXT NOT NULL, day TEXT NOT NULL, revision INTEGER NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (plant, day, revision)
);
CREATE TABLE IF NOT EXISTS counts (
    plant TEXT NOT NULL, day TEXT NOT NULL, revision INTEGER NOT NULL, machine_id TEXT NOT NULL,
    action TEXT NOT NULL, points INTEGER
);
CREATE INDEX IF NOT EXISTS counts_of ON counts (plant, day, machine_id);
CREATE TABLE IF NOT EXISTS published (
    night TEXT NOT NULL, day TEXT NOT NULL, machine_id TEXT NOT NULL, score INTEGER NOT NULL,
    missing INTEGER NOT NULL, PRIMARY KEY (night, day, machine_id)
);
CREATE TABLE IF NOT EXISTS rejected (night TEXT NOT NULL, delivery_id TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS overdue (night TEXT NOT NULL, plant TEXT NOT NULL, day TEXT NOT NULL);
