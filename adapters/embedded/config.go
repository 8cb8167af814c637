package embedded

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/outgrowkit/outgrow/adapters/yamltext"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// configFile is the configuration of a project with all adapters.
const configFile = "config.yaml"

// cachedStores is the section with a key for each store, and entities what is there instead
// of them.
const (
	cachedStores = "store.cache"
	entities     = "entities"
)

// Config returns the configuration without the sections with the keys, such as
// "store.postgres", and with the keys of the stores that can be read through a cache. The
// rest of the text is unchanged.
func (s *Source) Config(without, stores []string) (plan.File, error) {
	data, err := fs.ReadFile(s.files, path.Join("templates/project", configFile))
	if err == nil {
		if len(stores) == 0 || slices.Contains(without, "cache") {
			without = append(slices.Clone(without), cachedStores)
		}
		data, err = yamltext.Without(data, without...)
	}
	if err != nil {
		return plan.File{}, fmt.Errorf("%s: %w", configFile, err)
	}
	return plan.File{Path: configFile, Data: withStores(data, stores)}, nil
}

// withStores puts a line for each store in place of the one that stands for them.
func withStores(data []byte, stores []string) []byte {
	var lines [][]byte
	for line := range bytes.Lines(data) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte(entities+":")) {
			lines = append(lines, line)
			continue
		}
		for _, store := range stores {
			lines = append(lines, bytes.Replace(line, []byte(entities), []byte(store), 1))
		}
	}
	return bytes.Join(lines, nil)
}
