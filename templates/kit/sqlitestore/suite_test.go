package sqlitestore

import (
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

func TestKit(t *testing.T) {
	storetest.Run(t, func(t *testing.T, codec kit.EventCodec) storetest.Database {
		return openWith(t, filepath.Join(t.TempDir(), "kit.db"), codec)
	})
}
