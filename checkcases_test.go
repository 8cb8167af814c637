package main

import "github.com/outgrowkit/outgrow/domain/seal"

// checkCase is a set of edits to a project, and the expected findings: position, rule,
// and the beginning of the text.
type checkCase struct {
	name  string
	edits []handEdit
	want  []string
}

// file is a Go file that imports packages, from line 4 on, without using them.
func file(name, pkg string, imports ...string) handEdit {
	text := "package " + pkg + "\n\nimport (\n"
	for _, path := range imports {
		text += "\t_ \"" + path + "\"\n"
	}
	return handEdit{name, "", text + ")\n"}
}

const (
	field   = "\tCustomer string\n"
	project = "example.com/shop/"
)

// allowed are edits that cause no findings.
var allowed = []checkCase{
	{"packages of one's own", []handEdit{
		file("internal/rates/rates.go", "rates", "net/http", "go.uber.org/fx"),
		file("internal/tax/tax.go", "tax", "math/big", "github.com/google/uuid"),
		file("adapters/bank/bank.go", "bank", project+"internal/tax", project+"kit", project+"kit/httpserver", "net/smtp"),
		file("adapters/bank/wire/wire.go", "wire", project+"adapters/jsonwire"),
		file("app/pricing/pricing.go", "pricing", project+"internal/tax", project+"domain/money", "log/slog"),
		file("app/bank.go", "app", project+"app/pricing", project+"kit", "golang.org/x/sync/errgroup"),
		file("domain/money/money.go", "money", "math/big", "net/url", "log/slog", project+"kit"),
		file("domain/order/money.go", "order", project+"domain/money"),
		file("cmd/report/main.go", "report", project+"app", project+"adapters/sqlite", project+"kit/run", "go.uber.org/fx"),
		file("more.go", "main", project+"adapters/bank", project+"internal/rates", "net/http"),
	}, nil},
	{"keys of one's own", []handEdit{
		{"config.go", "\tDerived\n", "\tDerived\n\n\tRates struct {\n\t\tURL    string\n\t\tMaxAge time.Duration `config:\"patience\"`\n\t\tToken  kit.Secret\n\t\tBackup kit.Secret\n\t}\n"},
		{"config.go", "package main\n", "package main\n\nimport (\n\t\"time\"\n\n\t\"example.com/shop/kit\"\n)\n"},
		{"config.yaml", "\nlog:\n", "\nrates:\n  url: http://rates\n  patience: 5s\n  token_file: /run/token\n  backup: \"\"\n\nlog:\n"},
	}, nil},
	{"an adapter of one's own, and what is wrapped around it", []handEdit{
		{"ports/mailer.go", "", "package ports\n\nimport (\n\t\"context\"\n\n\t\"example.com/shop/domain/order\"\n)\n\n// Mailer tells people.\ntype Mailer interface {\n\tMail(ctx context.Context, o order.Order) error\n}\n"},
		{"ports/mailtest/mailtest.go", "", "package mailtest\n\nimport (\n\t\"testing\"\n\n\t\"example.com/shop/domain/order\"\n\t\"example.com/shop/ports\"\n)\n\n// Run tests a mailer.\nfunc Run(t *testing.T, m ports.Mailer) {\n\tgo func() { _ = m.Mail(t.Context(), order.Order{}) }()\n}\n"},
		{"adapters/smtp/smtp.go", "", "package smtp\n\nimport (\n\t\"context\"\n\n\t\"example.com/shop/domain/order\"\n)\n\ntype Mailer struct{}\n\nfunc (Mailer) Mail(context.Context, order.Order) error { return nil }\n"},
		{"mail.go", "", "package main\n\nimport (\n\t\"example.com/shop/adapters/smtp\"\n\t\"example.com/shop/ports\"\n)\n\ntype loggedMailer struct{ smtp.Mailer }\n\nvar _ ports.Mailer = loggedMailer{}\n"},
	}, nil},
	{"routes by hand, beside those that are derived", []handEdit{
		{"adapters/httpjson/export.go", "", "package httpjson\n\nimport (\n\t\"net/http\"\n\n\t\"example.com/shop/kit/httpserver\"\n)\n\nvar _ httpserver.Config\n\nfunc Export(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }\n"},
	}, nil},
	{"a method of a store by hand", []handEdit{
		{"adapters/sqlite/count.go", "", "package sqlite\n\nimport \"database/sql\"\n\nvar errNone = sql.ErrNoRows\n\nfunc (s *OrderStore) Count() (int, error) { return 0, errNone }\n"},
	}, nil},
	{"tests that import what they like", []handEdit{
		file("domain/order/mine_test.go", "order_test", "net/http", "github.com/lib/pq"),
		file("adapters/memory/mine_test.go", "memory_test", project+"adapters/sqlite"),
		file("app/mine_test.go", "app", project+"adapters/sqlite", project+"kit/sqlitestore"),
	}, nil},
	{"a script beside the domain", []handEdit{
		{"domain/order/script.go", "", "//go:build ignore\n\npackage main\n\nimport _ \"os\"\n"},
	}, nil},
	{"migrations of one's own", []handEdit{
		{"adapters/sqlite/migrations/00004_search.sql", "", "-- +goose Up\nSELECT 1;\n"},
		{"adapters/postgres/migrations/00004_find.sql", "", "-- +goose Up\nSELECT 1;\n"},
	}, nil},
	{"files that are neither", []handEdit{
		{"domain/order/testdata/broken.go", "", "package"},
		{"scripts/tool/go.mod", "", "module tool\n"},
		{"scripts/tool/main.go", "", "package broken broken"},
	}, nil},
}

// breaches are edits whose findings are independent of one another.
var breaches = []checkCase{
	{"net/http in the domain", []handEdit{file("domain/order/a.go", "order", "net/http")}, []string{
		"domain/order/a.go:4:4 domain-imports: domain/order imports net/http; the domain may use only",
	}},
	{"database/sql in the domain", []handEdit{file("domain/order/b.go", "order", "time", "database/sql", "database/sql/driver")}, []string{
		"domain/order/b.go:5:4 domain-imports: domain/order imports database/sql;",
		"domain/order/b.go:6:4 domain-imports: domain/order imports database/sql/driver;",
	}},
	{"other I/O in the domain", []handEdit{file("domain/order/c.go", "order", "os", "os/exec", "net", "log", "log/syslog", "syscall", "crypto/tls")}, []string{
		"domain/order/c.go:4:4 domain-imports: domain/order imports os;",
		"domain/order/c.go:5:4 domain-imports: domain/order imports os/exec;",
		"domain/order/c.go:6:4 domain-imports: domain/order imports net;",
		"domain/order/c.go:7:4 domain-imports: domain/order imports log;",
		"domain/order/c.go:8:4 domain-imports: domain/order imports log/syslog;",
		"domain/order/c.go:9:4 domain-imports: domain/order imports syscall;",
		"domain/order/c.go:10:4 domain-imports: domain/order imports crypto/tls;",
	}},
	{"fx, viper and a driver in the domain", []handEdit{
		file("domain/order/e.go", "order", "go.uber.org/fx", "github.com/spf13/viper", "github.com/lib/pq"),
	}, []string{
		"domain/order/e.go:4:4 domain-imports: domain/order imports go.uber.org/fx, a wiring library;",
		"domain/order/e.go:5:4 domain-imports: domain/order imports github.com/spf13/viper, a configuration library;",
		"domain/order/e.go:6:4 domain-imports: domain/order imports github.com/lib/pq, a database driver;",
	}},
	{"through packages of the project", []handEdit{
		file("domain/order/f.go", "order", project+"internal/x", project+"internal/v"),
		file("internal/x/x.go", "x", "strings", project+"internal/y"),
		file("internal/y/y.go", "y", "database/sql"),
		file("internal/v/v.go", "v", "github.com/spf13/viper"),
	}, []string{
		"domain/order/f.go:4:4 domain-imports: domain/order imports internal/x, which imports internal/y, which imports database/sql;",
		"domain/order/f.go:5:4 domain-imports: domain/order imports internal/v, which imports github.com/spf13/viper, a configuration library;",
	}},
	{"through packages of others", []handEdit{file("domain/order/g.go", "order", "github.com/sethvargo/go-retry", "github.com/google/uuid")}, []string{
		"domain/order/g.go:4:4 domain-imports: domain/order imports github.com/sethvargo/go-retry; the domain",
		"domain/order/g.go:5:4 domain-imports: domain/order imports github.com/google/uuid, which imports database/sql/driver; the domain",
	}},
	{"a package of the project that is elsewhere", []handEdit{
		file("domain/order/h.go", "order", project+"internal/plain"),
		file("internal/plain/plain.go", "plain", "strings"),
	}, []string{
		"domain/order/h.go:4:4 domain-imports: domain/order imports internal/plain; the domain",
	}},
	{"an adapter and the kit in the domain", []handEdit{
		file("domain/order/i.go", "order", project+"adapters/system", project+"kit/memorystore"),
		file("adapters/system/system.go", "system", "time"),
		{"domain/order/clock.go", "", "package order\n\nimport \"example.com/shop/kit\"\n\ntype clock = kit.Clock\n"},
	}, []string{
		"domain/order/clock.go:5:14 kit-symbols: domain/order uses kit.Clock, which belongs to a port;",
		"domain/order/i.go:4:4 domain-imports: domain/order imports adapters/system;",
		"domain/order/i.go:5:4 domain-imports: domain/order imports kit/memorystore, a technology of the kit;",
	}},
	{"a domain for other platforms", []handEdit{
		file("domain/order/order_windows.go", "order", "os"),
		{"domain/order/k.go", "", "//go:build !linux && !windows\n\npackage order\n\nimport _ \"log\"\n"},
		file("domain/windows/only_windows.go", "windows", "os"),
	}, []string{
		"domain/order/order_windows.go:4:4 domain-imports: domain/order imports os;",
		"domain/order/k.go:5:10 domain-imports: domain/order imports log;",
		"domain/windows/only_windows.go:4:4 domain-imports: domain/windows imports os;",
	}},
	{"tags in the domain", []handEdit{
		{"domain/order/l.go", "", "package order\n\ntype tagged struct {\n\tA string `json:\"a\"`\n}\n\nfunc use() {\n\t_ = tagged{}\n\t_ = struct {\n\t\tB int \"db\"\n\t}{}\n}\n"},
	}, []string{
		"domain/order/l.go:4:11 domain-tags: a struct field in the domain has a tag; remove it",
		"domain/order/l.go:10:9 domain-tags: a struct field in the domain has a tag; remove it",
	}},
	{"the clock, a global logger, init, a goroutine and state in the domain", []handEdit{
		{"domain/order/m.go", "", "package order\n\nimport (\n\t\"context\"\n\t\"log/slog\"\n\t\"time\"\n)\n\nvar seen = map[string]time.Time{}\n\ntype call struct{ ctx context.Context }\n\n" +
			"func init() {}\n\nfunc look(name string) {\n\tseen[name] = time.Now()\n\tgo slog.Info(name)\n}\n"},
	}, []string{
		"domain/order/m.go:11:19 pure-context: the struct call keeps a context;",
		"domain/order/m.go:13:6 pure-init: domain/order has a function init,",
		"domain/order/m.go:16:2 pure-state: the package variable seen is changed outside its declaration;",
		"domain/order/m.go:16:15 pure-clock: domain/order reads the clock with time.Now;",
		"domain/order/m.go:17:2 pure-goroutine: domain/order starts a goroutine;",
		"domain/order/m.go:17:5 pure-log: domain/order uses the global logger through slog.Info;",
	}},

	{"database/sql in the ports", []handEdit{file("ports/a.go", "ports", "database/sql")}, []string{
		"ports/a.go:4:4 ports-imports: ports imports database/sql; ports know only the domain",
	}},
	{"an adapter in the ports, through another package", []handEdit{
		file("ports/b.go", "ports", project+"internal/clock"),
		file("internal/clock/clock.go", "clock", project+"adapters/system"),
	}, []string{"ports/b.go:4:4 ports-imports: ports imports internal/clock, which imports adapters/system;"}},
	{"a driver in a suite of a port", []handEdit{file("ports/mailtest/mailtest.go", "mailtest", "testing", project+"ports/suite", project+"kit/storetest", "github.com/lib/pq")}, []string{
		"ports/mailtest/mailtest.go:7:4 ports-imports: ports/mailtest imports github.com/lib/pq, a database driver; a suite tests",
	}},
	{"a suite in the ports", []handEdit{
		file("ports/c.go", "ports", project+"ports/clocktest"), file("ports/clocktest/clocktest.go", "clocktest", "testing"),
	}, []string{
		"ports/c.go:4:4 ports-imports: ports imports ports/clocktest, which is for tests;",
	}},

	{"an adapter in the use cases", []handEdit{
		{"app/orders.go", "import (\n\t\"context\"\n", "import (\n\t\"context\"\n\t_ \"database/sql\"\n\t_ \"example.com/shop/adapters/sqlite\"\n\t_ \"go.uber.org/fx\"\n\t_ \"net/http\"\n"},
	}, []string{
		"app/orders.go:5:4 app-imports: app imports database/sql; use cases know",
		"app/orders.go:6:4 app-imports: app imports adapters/sqlite; use cases know",
		"app/orders.go:7:4 app-imports: app imports go.uber.org/fx, a wiring library; use cases know",
		"app/orders.go:8:4 app-imports: app imports net/http; use cases know",
	}},
	{"an adapter below app, and the kit's technologies", []handEdit{
		file("app/mail/send/send.go", "send", project+"adapters/memory", project+"kit/natsbus", "github.com/nats-io/nats.go"),
	}, []string{
		"app/mail/send/send.go:4:4 app-imports: app/mail/send imports adapters/memory;",
		"app/mail/send/send.go:5:4 app-imports: app/mail/send imports kit/natsbus, a technology of the kit;",
		"app/mail/send/send.go:6:4 app-imports: app/mail/send imports github.com/nats-io/nats.go, a client;",
	}},
	{"an adapter through the type of a field", []handEdit{
		{"app/more.go", "", "package app\n\nimport \"example.com/shop/internal/handle\"\n\ntype More struct{ db handle.Handle }\n"},
		{"internal/handle/handle.go", "", "package handle\n\nimport \"example.com/shop/kit/sqlitestore\"\n\ntype Handle = *sqlitestore.DB\n"},
	}, []string{"app/more.go:3:8 app-imports: app imports internal/handle, which imports kit/sqlitestore, a technology of the kit;"}},
	{"an adapter in another", []handEdit{file("adapters/memory/a.go", "memory", project+"adapters/httpjson")}, []string{
		"adapters/memory/a.go:4:4 adapter-imports: adapters/memory imports adapters/httpjson; adapters do not import one another",
	}},
	{"app in an adapter, through another package", []handEdit{
		file("adapters/mine/a.go", "mine", project+"internal/whole"),
		file("internal/whole/whole.go", "whole", project+"app"),
	}, []string{"adapters/mine/a.go:4:4 adapter-imports: adapters/mine imports internal/whole, which imports app;"}},
	{"fx and viper in an adapter", []handEdit{file("adapters/mine/b.go", "mine", "go.uber.org/fx", "github.com/spf13/viper", project+"kit/run")}, []string{
		"adapters/mine/b.go:4:4 adapter-imports: adapters/mine imports go.uber.org/fx, a wiring library; only package main",
		"adapters/mine/b.go:5:4 adapter-imports: adapters/mine imports github.com/spf13/viper, a configuration library; only package main",
		"adapters/mine/b.go:6:4 adapter-imports: adapters/mine imports kit/run, the runtime; only package main",
	}},

	{"type errors", []handEdit{
		{"app/broken.go", "", "package app\n\nfunc broken() int { return \"one\" }\n\nvar _ = nowhere\n"},
		{"app/broken_test.go", "", "package app_test\n\nvar _ = nowhere\n"},
	}, []string{
		`app/broken.go:3:28 compile: cannot use "one"`,
		"app/broken.go:5:9 compile: undefined: nowhere",
		"app/broken_test.go:3:9 compile: undefined: nowhere",
	}},
	{"a requirement that is missing", []handEdit{{"go.mod", "\tgithub.com/nats-io/nats.go v1.55.0\n", ""}}, []string{
		"app/mail/send/send.go:6:4 module-missing: no module in go.mod provides the package github.com/nats-io/nats.go; run go mod tidy",
		"kit/natsbus/bus.go:13:2 module-missing: no module in go.mod provides the package github.com/nats-io/nats.go/jetstream; run go mod tidy",
	}},

	{"derived files that are missing", []handEdit{
		{"adapters/sqlite/order_gen.go", "", ""},
		{"adapters/sqlite/migrations/<receipts>_receipts.sql", "", ""},
	}, []string{
		"adapters/sqlite/migrations/<receipts>_receipts.sql:1 derived-missing: this derived file is missing; run outgrow generate",
		"adapters/sqlite/order_gen.go:1 derived-missing: this derived file is missing; run outgrow generate",
	}},
	{"a derived file that was edited", []handEdit{{"adapters/memory/order_gen.go", "package memory\n", "package memory\n\n// mine\n"}}, []string{
		"adapters/memory/order_gen.go:1 derived-edited: this derived file was edited by hand; move your changes",
	}},
	{"a derived file without its checksum", []handEdit{
		{"adapters/sqlite/lost_gen.go", "", "// Code generated by outgrow; DO NOT EDIT.\n\npackage sqlite\n"},
	}, []string{"adapters/sqlite/lost_gen.go:1 derived-edited: this derived file is no longer needed, but was edited by hand;"}},
	{"a derived file that nothing is derived for", []handEdit{
		{"adapters/sqlite/gone_gen.go", "", string(seal.Stamp("gone_gen.go", []byte("package sqlite\n")))},
	}, []string{"adapters/sqlite/gone_gen.go:1 derived-stale: this derived file is no longer needed; run outgrow generate, which removes it"}},

	{"a service that is gone", []handEdit{
		{"outgrow.yaml", "  - name: receipt\n", "  - name: ghost\n    fields: [a:string]\n  - name: receipt\n"},
	}, []string{"outgrow.yaml:16:5 service-gone: the service ghost is listed, but domain/ghost does not exist; restore the folder"}},
	{"a module of another name", []handEdit{{"outgrow.yaml", "module: example.com/shop", "module: example.com/store"}}, []string{
		"go.mod:1 record: the module is example.com/shop, but outgrow.yaml says example.com/store;",
	}},

	{"keys that are not known, missing or there twice", []handEdit{
		{"config.yaml", "  read_timeout:", "  read_timeot:"},
		{"config.yaml", "  idle_timeout: 2m ", "  limit: {a: 1, b: 2} "},
		{"config.yaml", "  format: text ", "  level: text "},
		{"config.yaml", "shutdown:\n  delay: 0s ", "#shutdown:\n#  delay: 0s"},
		{"config.yaml", "  timeout: 30s             # to finish", "#  timeout: 30s # to finish"},
	}, []string{
		"config.yaml:1 config-missing: the section shutdown is missing; add it",
		"config.yaml:{http:} config-missing: the key http.idle_timeout is missing; add it",
		`config.yaml:{read_timeot:}:3 config-unknown: unknown key http.read_timeot (did you mean "http.read_timeout"?);`,
		"config.yaml:{limit:}:3 config-unknown: unknown key http.limit;",
		"config.yaml:{log:} config-missing: the key log.format is missing; add it",
		"config.yaml:{level: text}:3 config-twice: log.level is set twice, first on line ",
	}},
	{"secrets in the configuration", []handEdit{
		{"config.yaml", "    dsn: \"\" ", "    dsn: postgres://shop:hunter2@db/shop "},
		{"config.yaml", "    url: nats://127.0.0.1:4222 ", "    url: nats://shop:hunter2@bus:4222 "},
		{"config.yaml", "    password: \"\" ", "    password: hunter2 "},
	}, []string{
		"config.yaml:{dsn:}:5 config-secret: the file contains the secret store.postgres.dsn; leave the value empty and set the environment variable SHOP_STORE_POSTGRES_DSN, or set SHOP_STORE_POSTGRES_DSN_FILE to the path of a file with the secret",
		"config.yaml:{url:}:5 config-secret: the value of bus.nats.url contains a password; leave the password out, and set the environment variable SHOP_BUS_NATS_URL to the whole value",
		"config.yaml:{password:}:5 config-secret: the file contains the secret bus.nats.password; leave the value empty and set the environment variable SHOP_BUS_NATS_PASSWORD,",
	}},

	{"a derived migration that was edited", []handEdit{{"adapters/sqlite/migrations/<orders>_orders.sql", "-- +goose Down\n", "-- +goose Down\n\n"}}, []string{
		"adapters/sqlite/migrations/<orders>_orders.sql:1 migration-edited: this derived migration was edited by hand, but databases",
	}},
	{"two migrations of a number", []handEdit{{"adapters/postgres/migrations/<receipts>_more.sql", "", "-- +goose Up\nSELECT 1;\n"}}, []string{
		"adapters/postgres/migrations/<receipts>_more.sql:1 migration-twice: this migration has the same number as <receipts>_receipts.sql; give the one",
	}},
	{"a migration of one store", []handEdit{{"adapters/sqlite/migrations/00003_more.sql", "", "-- +goose Up\nSELECT 1;\n"}}, []string{
		"adapters/sqlite/migrations/00003_more.sql:1 migration-missing: postgres has no migration 3; write one",
	}},
	{"a migration without a number", []handEdit{{"adapters/sqlite/migrations/more.sql", "", "-- +goose Up\nSELECT 1;\n"}}, []string{
		"adapters/sqlite/migrations/more.sql:1 migration-name: the file name does not begin with a number and _; rename it",
	}},
	{"a migration in the place of another", []handEdit{
		{"adapters/postgres/migrations/<orders>_orders.sql", "", ""},
		{"adapters/postgres/migrations/<orders>_mine.sql", "", "-- +goose Up\nSELECT 1;\n"},
	}, []string{
		"adapters/postgres/migrations/<orders>_mine.sql:1 migration-lock: outgrow.lock says that migration <orders> is <orders>_orders.sql; rename",
	}},
}

// apart are edits that would hide or change the findings of others.
var apart = []checkCase{
	{"an ORM in the domain, which go.mod has not", []handEdit{
		file("domain/order/d.go", "order", "gorm.io/gorm"), file("domain/receipt/d.go", "receipt", "gorm.io/gorm"),
	}, []string{
		"domain/order/d.go:4:4 domain-imports: domain/order imports gorm.io/gorm, an ORM;",
		"domain/order/d.go:4:4 module-missing: no module in go.mod provides the package gorm.io/gorm; run go mod tidy, or go get gorm.io/gorm",
		"domain/receipt/d.go:4:4 domain-imports: domain/receipt imports gorm.io/gorm, an ORM;",
	}},
	{"C in the domain", []handEdit{{"domain/order/j.go", "", "package order\n\nimport \"C\"\n"}}, []string{
		"domain/order/j.go:3:8 domain-imports: domain/order imports C;",
	}},
	{"no Go, beside something else", []handEdit{
		{"app/broken.go", "", "package app\n\nfunc (\n"},
		file("domain/order/a.go", "order", "os"),
	}, []string{
		"app/broken.go:3:8 compile: expected ')', found 'EOF'",
		"domain/order/a.go:4:4 domain-imports: domain/order imports os;",
	}},
	{"a type error in the domain", []handEdit{{"domain/order/order.go", field, "\tCustomer strin\n"}}, []string{
		"domain/order/order.go:21:11 compile: undefined: strin",
	}},
	{"a type that nothing can be derived from, beside files that were edited", []handEdit{
		{"domain/order/order.go", field, field + "\tNote     func()\n"},
		{"adapters/sqlite/order_gen.go", "package sqlite\n", "package sqlite\n\n// mine\n"},
	}, []string{
		"adapters/sqlite/order_gen.go:1 derived-edited: this derived file was edited by hand;",
		"domain/order/order.go:22:2 derive: the type func() cannot cross a port; use scalars",
	}},
	{"a field that was renamed", []handEdit{
		{"domain/order/order.go", field, "\tBuyer string\n"},
	}, []string{
		"app/orders_test.go:27:3 compile: unknown field Customer",
		"app/orders_test.go:51:10 compile: details.Customer undefined",
		"app/orders_test.go:65:10 compile: details.Customer undefined",
		"domain/order/order.go:20:6 derive: order.Details no longer has the field Customer,",
		"domain/order/order.go:49:23 compile: d.Customer undefined",
		"domain/order/order_test.go:16:3 compile: unknown field Customer",
		"domain/order/order_test.go:35:42 compile: d.Customer undefined",
		"domain/order/order_test.go:56:10 compile: details.Customer undefined",
		"domain/order/order_test.go:61:10 compile: details.Customer undefined",
	}},
	{"a field that is new", []handEdit{{"domain/order/order.go", field, field + "\tNote     *string\n"}}, []string{
		"adapters/httpjson/docs_gen.html:1 derived-stale:",
		"adapters/httpjson/openapi_gen.json:1 derived-stale: this derived file no longer matches domain/ and ports/; run outgrow generate",
		"adapters/jsonwire/order_gen.go:1 derived-stale:",
		"adapters/memory/order_gen.go:1 derived-stale:",
		"adapters/postgres/migrations/<new>_orders_add_note.sql:1 derived-missing: this derived file is missing; run outgrow generate",
		"adapters/postgres/order_gen.go:1 derived-stale:",
		"adapters/sqlite/migrations/<new>_orders_add_note.sql:1 derived-missing:",
		"adapters/sqlite/order_gen.go:1 derived-stale:",
		"outgrow.lock:1 derived-stale: the lock does not match domain/ and ports/; run outgrow generate and commit it",
		"ports/suite/order_gen.go:1 derived-stale:",
	}},
	{"a go.mod that is none", []handEdit{
		{"go.mod", "module example.com/shop\n", "module example.com/shop\n\nrequires x\n"},
		{"outgrow.yaml", "  - name: receipt\n", "  - name: ghost\n    fields: [a:string]\n  - name: receipt\n"},
	}, []string{
		"go.mod:3:1 compile: unknown directive: requires",
		"outgrow.yaml:16:5 service-gone: the service ghost",
	}},
	{"a lock that is none", []handEdit{{"outgrow.lock", "struct order.Created", "<<<<<<< HEAD\nstruct order.Created"}}, []string{
		"outgrow.lock:9:1 lock: a line before the first struct; fix it",
	}},
	{"a lock that is gone", []handEdit{{"outgrow.lock", "", ""}}, []string{
		"outgrow.lock:1 derived-missing: the lock is missing, so tables that already have migrations would get new ones; restore",
	}},
	{"a component that is gone", []handEdit{{"kit/natsbus", "", ""}}, []string{
		"kit/natsbus:1 kit-missing: this folder of the kit was removed",
		"outgrow.yaml:8:58 component-gone: nats is listed, but kit/natsbus cannot be found; restore it",
	}},
	{"a store that is gone", []handEdit{{"adapters/postgres", "", ""}, {"kit/postgresstore", "", ""}}, []string{
		"kit/postgresstore:1 kit-missing: this folder of the kit was removed",
		"kit/postgresstore/migrations:1 kit-missing: this folder of the kit was removed",
		"outgrow.yaml:8:28 component-gone: postgres is listed, but kit/postgresstore and adapters/postgres cannot be found; restore it",
	}},
	{"a component that is not recorded", []handEdit{
		{"outgrow.yaml", "components: [store/sqlite, store/postgres, bus/channels, bus/nats]", "components: [store/sqlite, bus/channels]"},
		{"adapters/postgres/mine.go", "", "package postgres\n"},
	}, []string{
		"adapters/postgres/order_gen.go:1 derived-stale: this derived file is no longer needed;",
		"adapters/postgres/order_gen_test.go:1 derived-stale:",
		"adapters/postgres/receipt_gen.go:1 derived-stale:",
		"adapters/postgres/receipt_gen_test.go:1 derived-stale:",
		"adapters/postgres/schema_gen.go:1 derived-stale:",
		"outgrow.yaml:8:1 component-unknown: adapters/postgres exists, but postgres is not listed, so nothing is derived for it; add postgres",
		"wiring_gen.go:1 derived-stale:",
	}},
	{"a record that is none", []handEdit{
		{"outgrow.yaml", "module: example.com/shop", "modul: example.com/shop"},
		file("domain/order/a.go", "order", "os"),
	}, []string{
		"domain/order/a.go:4:4 domain-imports:",
		`outgrow.yaml:7:1 record: unknown key "modul" (did you mean "module"?); fix it`,
	}},
	{"a configuration that is no YAML", []handEdit{{"config.yaml", "\nlog:\n", "\nlog:\n\tlevel: info\n"}}, []string{
		"config.yaml:{level: info} config-syntax: invalid YAML: found character that cannot start any token",
	}},
	{"no configuration", []handEdit{{"config.yaml", "", ""}}, []string{
		"main.go:{//go:embed}:1 config-missing: the program embeds config.yaml, which is missing; restore it",
	}},
}
