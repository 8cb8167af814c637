-- +goose Up

-- Whose the database is: one row, with the name of the project.
CREATE TABLE "kit_project" (
    "name" text NOT NULL PRIMARY KEY
);

-- +goose Down
DROP TABLE "kit_project";
