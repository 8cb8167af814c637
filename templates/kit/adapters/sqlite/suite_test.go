package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/ports"
	"github.com/outgrowkit/outgrow/templates/kit/ports/storetest"
)

func TestKit(t *testing.T) {
	storetest.Run(t, func(t *testing.T, codec ports.EventCodec) storetest.Kit {
		return openWith(t, filepath.Join(t.TempDir(), "kit.db"), codec)
	})
}
