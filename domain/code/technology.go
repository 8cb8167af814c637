package code

// reaching are the packages of the standard library that reach beyond the process,
// or are ways of wiring and running one. What is below each counts as well, but
// for what is in plain.
var reaching = []string{
	"C", "crypto/tls", "database/sql", "expvar", "flag", "io/ioutil", "log", "net", "os", "plugin", "syscall",
}

// plain are packages below those that only compute, or declare what others do.
var plain = []string{
	"log/slog", // a value says how it is logged: a secret, that it is not
	"net/mail", "net/netip", "net/url",
}

// technologies are modules of others that a project is likely to keep, send, wire or
// configure with, and what they are.
var technologies = []struct{ module, what string }{
	{"entgo.io/ent", "an ORM"},
	{"github.com/go-gorm/gorm", "an ORM"},
	{"github.com/jinzhu/gorm", "an ORM"},
	{"github.com/uptrace/bun", "an ORM"},
	{"github.com/volatiletech/sqlboiler", "an ORM"},
	{"gorm.io", "an ORM"},
	{"xorm.io", "an ORM"},
	{"github.com/go-pg/pg", "an ORM"},
	{"github.com/Masterminds/squirrel", "a builder of SQL"},
	{"github.com/jmoiron/sqlx", "an extension of database/sql"},
	{"github.com/go-sql-driver/mysql", "a driver"},
	{"github.com/jackc/pgx", "a driver"},
	{"github.com/lib/pq", "a driver"},
	{"github.com/mattn/go-sqlite3", "a driver"},
	{"modernc.org/sqlite", "a driver"},
	{"go.mongodb.org/mongo-driver", "a driver"},
	{"github.com/redis/go-redis", "a client"},
	{"github.com/nats-io/nats.go", "a client"},
	{"github.com/rabbitmq/amqp091-go", "a client"},
	{"github.com/segmentio/kafka-go", "a client"},
	{"github.com/twmb/franz-go", "a client"},
	{"github.com/aws/aws-sdk-go", "a client"},
	{"github.com/aws/aws-sdk-go-v2", "a client"},
	{"google.golang.org/grpc", "a transport"},
	{"github.com/gin-gonic/gin", "a transport"},
	{"github.com/go-chi/chi", "a transport"},
	{"github.com/labstack/echo", "a transport"},
	{"github.com/gofiber/fiber", "a transport"},
	{"go.uber.org/dig", "wiring"},
	{"go.uber.org/fx", "wiring"},
	{"github.com/google/wire", "wiring"},
	{"github.com/spf13/cobra", "a command line"},
	{"github.com/spf13/viper", "configuration"},
	{"github.com/pressly/goose", "migrations"},
	{"github.com/prometheus/client_golang", "metrics"},
}

// isPure reports whether a package is of the standard library and only computes.
func isPure(t target) bool {
	return t.standard && (!within(t.path, reaching...) || within(t.path, plain...))
}

// isTechnology reports whether a package ties to how things are kept, sent, wired
// or configured, and not to what they are.
func isTechnology(t target, _ string) bool {
	if t.folder != "" {
		return within(t.folder, "adapters", "app")
	}
	return technology(t.path) != "" || within(t.path, reaching...) && !within(t.path, plain...)
}

// technology says what a package of others is, if it is a known one.
func technology(path string) string {
	for _, t := range technologies {
		if within(path, t.module) {
			return t.what
		}
	}
	return ""
}
