package sqlitestore

import (
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/databasetest"
)

func TestKit(t *testing.T) {
	databasetest.Run(t, func(t *testing.T, codec kit.EventCodec) databasetest.Database {
		return openWith(t, filepath.Join(t.TempDir(), "kit.db"), codec)
	})
}
