package start

import (
	"math/rand/v2"
	"time"

	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/httpgen"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/adapters/openapigen"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/adapters/wiringgen"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/name"
)

// now returns the version of a migration that is made now.
func now() int { return migration.Version(time.Now(), rand.IntN(1000)) }

// newGenerator returns a generator with every emitter that there is.
func newGenerator(l name.Language, now app.Now) *app.Generator {
	reader := &gosource.Reader{Language: l}
	return app.NewGenerator(reader.Read, now, storegen.Migrations,
		storegen.Emit, jsongen.Emit, httpgen.Emit, openapigen.Emit, wiringgen.Emit)
}
