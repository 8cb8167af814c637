-- +goose Up
CREATE TABLE "orders" ("id" BLOB PRIMARY KEY, "customer" TEXT NOT NULL, "total" INTEGER NOT NULL, "version" INTEGER NOT NULL) WITHOUT ROWID;
