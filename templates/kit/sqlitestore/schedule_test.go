package sqlitestore

import (
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/scheduletest"
)

func TestSchedule(t *testing.T) {
	scheduletest.Run(t, func(t *testing.T, codec kit.EventCodec) scheduletest.Database {
		return openWith(t, filepath.Join(t.TempDir(), "kit.db"), codec)
	})
}
