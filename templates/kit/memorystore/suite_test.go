package memorystore

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/databasetest"
)

func TestKit(t *testing.T) {
	databasetest.Run(t, func(_ *testing.T, codec kit.EventCodec) databasetest.Database { return New(codec) })
}
