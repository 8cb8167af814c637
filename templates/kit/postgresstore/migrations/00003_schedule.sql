-- What is to be emitted later: see package schedule.

-- +goose Up
CREATE TABLE "schedule" (
    "name" text NOT NULL PRIMARY KEY,
    "when" text NOT NULL,
    "due" timestamptz NOT NULL,
    "at" timestamptz NOT NULL,
    "topic" text NOT NULL,
    "payload" bytea NOT NULL
);

CREATE INDEX "schedule_at" ON "schedule" ("at");

-- Of the entries that programs have by themselves: up to when they are done.
CREATE TABLE "schedule_declared" (
    "name" text NOT NULL PRIMARY KEY,
    "when" text NOT NULL,
    "since" timestamptz NOT NULL,
    "done" timestamptz NOT NULL
);

CREATE VIEW "schedule_clock" AS SELECT clock_timestamp() AS "now";

-- +goose Down
DROP VIEW "schedule_clock";
DROP TABLE "schedule_declared";
DROP TABLE "schedule";
