package start

import (
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/httpgen"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/adapters/openapigen"
	"github.com/outgrowkit/outgrow/adapters/storegen"
	"github.com/outgrowkit/outgrow/adapters/wiringgen"
	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/name"
)

// newGenerator returns a generator with all emitters.
func newGenerator(l name.Language) *app.Generator {
	reader := &gosource.Reader{Language: l}
	return app.NewGenerator(reader.Read, storegen.Migrations,
		storegen.Emit, jsongen.Emit, httpgen.Emit, openapigen.Emit, wiringgen.Emit)
}
