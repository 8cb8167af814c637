-- +goose Up

-- Whose the database is: one row, with the name of the project.
CREATE TABLE "kit_project" (
    "name" TEXT NOT NULL PRIMARY KEY
) STRICT;

-- +goose Down
DROP TABLE "kit_project";
