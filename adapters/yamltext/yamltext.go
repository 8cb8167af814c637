// Package yamltext edits block-style YAML as text, at positions found by the parser.
// Everything else stays unchanged, including comments.
package yamltext

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Without returns the text without the sections with the keys, such as "store.postgres".
func Without(data []byte, keys ...string) ([]byte, error) {
	d, err := parse(data)
	if err != nil {
		return nil, err
	}
	sections := make([]section, len(keys))
	for i, key := range keys {
		name, value := d.find(strings.Split(key, "."))
		if name == nil {
			return nil, fmt.Errorf("unknown key %s", key)
		}
		sections[i] = d.section(name, value)
		if s := &sections[i]; name.Column == 1 && s.after < len(d.lines) && len(bytes.TrimSpace(d.lines[s.after])) == 0 {
			s.after++ // the empty line between it and the next one
		}
	}
	slices.SortFunc(sections, func(a, b section) int { return b.first - a.first })
	for _, s := range sections {
		d.lines = slices.Delete(d.lines, s.first, s.after)
	}
	return d.text(), nil
}

// Merge returns the text mine with the sections added that after has and before does not
// have, each at the end of its parent section. Sections that mine already has are not
// changed. The error names a section that has no place.
func Merge(mine, before, after []byte) ([]byte, error) {
	from, err := parse(before)
	if err != nil {
		return nil, err
	}
	to, err := parse(after)
	if err != nil {
		return nil, err
	}
	for _, path := range added(from.root, to.root, nil) {
		if mine, err = insert(mine, to, path); err != nil {
			return nil, err
		}
	}
	return mine, nil
}

// added returns the paths of the keys that are in the second mapping but not in the
// first, in order.
func added(from, to *yaml.Node, path []string) [][]string {
	var paths [][]string
	for i := 0; i+1 < len(to.Content); i += 2 {
		key, value := to.Content[i].Value, to.Content[i+1]
		below := append(slices.Clone(path), key)
		_, there := child(from, key)
		switch {
		case there == nil:
			paths = append(paths, below)
		case there.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode:
			paths = append(paths, added(there, value, below)...)
		}
	}
	return paths
}

// insert inserts the section at the path of the document into the text, unless the text
// has it already.
func insert(mine []byte, from *document, path []string) ([]byte, error) {
	d, err := parse(mine)
	if err != nil {
		return nil, err
	}
	if name, _ := d.find(path); name != nil {
		return mine, nil
	}
	parentName, parent := d.find(path[:len(path)-1])
	if parent == nil || parent.Kind != yaml.MappingNode || parent.Style&yaml.FlowStyle != 0 || len(parent.Content) == 0 {
		return nil, fmt.Errorf("found no place for %s", strings.Join(path, "."))
	}
	name, value := from.find(path)
	s := from.section(name, value)
	text := shift(from.lines[s.first:s.after], parent.Content[0].Column-name.Column)
	at := d.section(parentName, parent).after
	if last := d.lines[at-1]; !bytes.HasSuffix(last, []byte("\n")) {
		d.lines[at-1] = append(slices.Clone(last), '\n')
	}
	d.lines = slices.Insert(d.lines, at, text...)
	merged := d.text()
	if again, err := parse(merged); err != nil || again.root == nil {
		return nil, fmt.Errorf("found no place for %s", strings.Join(path, "."))
	}
	return merged, nil
}

// shift returns lines with more or fewer spaces of indentation.
func shift(lines [][]byte, by int) [][]byte {
	shifted := make([][]byte, len(lines))
	for i, line := range lines {
		switch {
		case by > 0:
			line = append(bytes.Repeat([]byte(" "), by), line...)
		case by < 0:
			line = line[min(-by, indent(line)):]
		}
		if !bytes.HasSuffix(line, []byte("\n")) {
			line = append(slices.Clone(line), '\n')
		}
		shifted[i] = line
	}
	return shifted
}

// document is a text with its parsed root.
type document struct {
	lines [][]byte // including line ends
	root  *yaml.Node
}

func parse(data []byte) (*document, error) {
	var node, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&node); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, cmp.Or(err, errors.New("the file has several YAML documents"))
	}
	if len(node.Content) == 0 || node.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("the file has no keys")
	}
	return &document{bytes.SplitAfter(data, []byte("\n")), node.Content[0]}, nil
}

func (d *document) text() []byte { return bytes.Join(d.lines, nil) }

// find returns the key at the path and its value, or nil if there is none. The empty path
// is that of the whole document, which has no key.
func (d *document) find(path []string) (name, value *yaml.Node) {
	value = d.root
	for _, key := range path {
		if name, value = child(value, key); value == nil {
			return nil, nil
		}
	}
	return name, value
}

func child(of *yaml.Node, key string) (name, value *yaml.Node) {
	if of.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(of.Content); i += 2 {
		if of.Content[i].Value == key {
			return of.Content[i], of.Content[i+1]
		}
	}
	return nil, nil
}

// section is a range of lines, counted from 0.
type section struct{ first, after int }

// section returns the lines of a key and its value, including comments. A value of
// several lines is indented more than its key.
func (d *document) section(name, value *yaml.Node) section {
	s, column := section{0, lastLine(value)}, 0
	if name != nil {
		s.first, column = name.Line-1, name.Column
	}
	for s.after < len(d.lines) && len(bytes.TrimSpace(d.lines[s.after])) > 0 && indent(d.lines[s.after]) >= column {
		s.after++
	}
	return s
}

// lastLine returns the last line, counted from 1, on which a part of the value begins.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, below := range n.Content {
		last = max(last, lastLine(below))
	}
	return last
}

// indent returns the number of spaces at the beginning of a line.
func indent(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }
