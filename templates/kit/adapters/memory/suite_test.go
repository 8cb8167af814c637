package memory

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/ports"
	"github.com/outgrowkit/outgrow/templates/kit/ports/storetest"
)

func TestKit(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, codec ports.EventCodec) storetest.Kit { return New(codec) })
}
