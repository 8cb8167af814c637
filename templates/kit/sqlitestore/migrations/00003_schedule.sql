-- What is to be emitted later: see package schedule. Times are microseconds since 1970.

-- +goose Up
CREATE TABLE "schedule" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "when" TEXT NOT NULL,
    "due" INTEGER NOT NULL,
    "at" INTEGER NOT NULL,
    "topic" TEXT NOT NULL,
    "payload" BLOB NOT NULL
) STRICT;

CREATE INDEX "schedule_at" ON "schedule" ("at");

-- Of the entries that programs have by themselves: up to when they are done.
CREATE TABLE "schedule_declared" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "when" TEXT NOT NULL,
    "since" INTEGER NOT NULL,
    "done" INTEGER NOT NULL
) STRICT;

CREATE VIEW "schedule_clock" AS SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS "now";

-- +goose Down
DROP VIEW "schedule_clock";
DROP TABLE "schedule_declared";
DROP TABLE "schedule";
