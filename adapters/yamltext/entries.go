package yamltext

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/outgrowkit/outgrow/domain/code"
)

var lineOfError = regexp.MustCompile(`^yaml: line ([0-9]+): `)

// Entries returns the keys and the list items of a text, in order. The error is a
// code.SyntaxError.
func Entries(data []byte) ([]code.Entry, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		text := strings.TrimPrefix(err.Error(), "yaml: ")
		line := 0
		if m := lineOfError.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1]) // digits
			text = err.Error()[len(m[0]):]
		}
		return nil, code.SyntaxError{Line: line, Text: text}
	}
	var entries []code.Entry
	if len(doc.Content) > 0 {
		collect(doc.Content[0], "", &entries)
	}
	return entries, nil
}

// collect adds the entries in a value at the path. It does not follow aliases, which may
// be recursive.
func collect(n *yaml.Node, path string, to *[]code.Entry) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if item.Kind == yaml.ScalarNode {
				*to = append(*to, code.Entry{Path: path, Value: item.Value, Item: true, Line: item.Line, Column: item.Column})
			}
			collect(item, path, to)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := n.Content[i], n.Content[i+1]
			below := strings.TrimPrefix(path+"."+name.Value, ".")
			*to = append(*to, code.Entry{Path: below, Value: value.Value, Line: name.Line, Column: name.Column})
			collect(value, below, to)
		}
	}
}
