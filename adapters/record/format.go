package record

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/finding"
)

// refuseFormat refuses a file in another format (blueprint.FormatError), whatever else it
// contains.
func refuseFormat(file string, root *yaml.Node) error {
	for i := 0; i+1 < len(root.Content) && root.Kind == yaml.MappingNode; i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if key.Value == "format" && value.Kind == yaml.ScalarNode && value.Value != strconv.Itoa(blueprint.Format) {
			return blueprint.FormatError{
				Pos: finding.Position(file, value.Line, value.Column), Format: value.Value, Record: file == File,
			}
		}
	}
	return nil
}
