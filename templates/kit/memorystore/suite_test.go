package memorystore

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

func TestKit(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, codec kit.EventCodec) storetest.Database { return New(codec) })
}
