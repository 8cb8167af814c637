package memory

import (
	"testing"

	"github.com/outgrowkit/outgrow/ports"
	"github.com/outgrowkit/outgrow/ports/foldertest"
)

func TestFolder(t *testing.T) {
	foldertest.Run(t, func(_ *testing.T, holds ...string) ports.Folder { return New("folder", holds...) })
}
