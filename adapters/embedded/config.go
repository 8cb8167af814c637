package embedded

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/outgrowkit/outgrow/adapters/yamltext"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// configFile is the configuration of a project with all adapters.
const configFile = "config.yaml"

// Config returns the configuration without the sections with the keys, such as
// "store.postgres". The rest of the text is unchanged.
func (s *Source) Config(without []string) (plan.File, error) {
	data, err := fs.ReadFile(s.files, path.Join("templates/project", configFile))
	if err == nil {
		data, err = yamltext.Without(data, without...)
	}
	if err != nil {
		return plan.File{}, fmt.Errorf("%s: %w", configFile, err)
	}
	return plan.File{Path: configFile, Data: data}, nil
}
