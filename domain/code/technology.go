package code

// reaching are the packages of the standard library that do I/O, or that set up and run
// a process. Packages below them count as well, except for those in plain.
var reaching = []string{
	"C", "crypto/tls", "database/sql", "expvar", "flag", "io/ioutil", "log", "net", "os", "plugin", "syscall",
}

// plain are packages below those in reaching that only compute or declare types.
var plain = []string{
	"log/slog", // lets a type control how it is logged, as for secrets
	"net/mail", "net/netip", "net/url",
}

// technologies are well-known modules for storage, transport, wiring and configuration.
var technologies = []struct{ module, what string }{
	{"entgo.io/ent", "an ORM"},
	{"github.com/go-gorm/gorm", "an ORM"},
	{"github.com/jinzhu/gorm", "an ORM"},
	{"github.com/uptrace/bun", "an ORM"},
	{"github.com/volatiletech/sqlboiler", "an ORM"},
	{"gorm.io", "an ORM"},
	{"xorm.io", "an ORM"},
	{"github.com/go-pg/pg", "an ORM"},
	{"github.com/Masterminds/squirrel", "an SQL builder"},
	{"github.com/jmoiron/sqlx", "an extension of database/sql"},
	{"github.com/go-sql-driver/mysql", "a database driver"},
	{"github.com/jackc/pgx", "a database driver"},
	{"github.com/lib/pq", "a database driver"},
	{"github.com/mattn/go-sqlite3", "a database driver"},
	{"modernc.org/sqlite", "a database driver"},
	{"go.mongodb.org/mongo-driver", "a database driver"},
	{"github.com/redis/go-redis", "a client"},
	{"github.com/nats-io/nats.go", "a client"},
	{"github.com/rabbitmq/amqp091-go", "a client"},
	{"github.com/segmentio/kafka-go", "a client"},
	{"github.com/twmb/franz-go", "a client"},
	{"github.com/aws/aws-sdk-go", "a client"},
	{"github.com/aws/aws-sdk-go-v2", "a client"},
	{"google.golang.org/grpc", "an RPC framework"},
	{"github.com/gin-gonic/gin", "an HTTP framework"},
	{"github.com/go-chi/chi", "an HTTP framework"},
	{"github.com/labstack/echo", "an HTTP framework"},
	{"github.com/gofiber/fiber", "an HTTP framework"},
	{"go.uber.org/dig", "a wiring library"},
	{"go.uber.org/fx", "a wiring library"},
	{"github.com/google/wire", "a wiring library"},
	{"github.com/spf13/cobra", "a command-line library"},
	{"github.com/spf13/viper", "a configuration library"},
	{"github.com/pressly/goose", "a migration library"},
	{"github.com/prometheus/client_golang", "a metrics library"},
}

// isPure reports whether a package is in the standard library and does no I/O.
func isPure(t target) bool {
	return t.standard && (!within(t.path, reaching...) || within(t.path, plain...))
}

// isTechnology reports whether a package is about how things are stored, sent, wired or
// configured.
func isTechnology(t target, _ string) bool {
	if t.folder != "" {
		return within(t.folder, "adapters", "app")
	}
	return technology(t.path) != "" || within(t.path, reaching...) && !within(t.path, plain...)
}

// technology describes a third-party package, if it is a known one.
func technology(path string) string {
	for _, t := range technologies {
		if within(path, t.module) {
			return t.what
		}
	}
	return ""
}
