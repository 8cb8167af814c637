package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// maxFile is the size that a file may have: many times what a person writes.
const maxFile = 1 << 20

// file returns the settings of a file: in YAML, of which JSON is a part, whatever the file
// is called.
func (r *reader) file(path string) layer {
	if path == "" {
		return nil
	}
	text, err := readFile(path)
	if err != nil {
		r.note(path, "", "%s", err)
		return nil
	}
	return r.document(text, path)
}

// readFile reads a file. The error does not name the path, as the mistake does.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot be opened: %w", errors.Unwrap(err))
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", errors.Unwrap(err))
	case len(text) > maxFile:
		return nil, fmt.Errorf("is larger than %d bytes: it is not a configuration", maxFile)
	}
	return text, nil
}

// document returns the settings of a text in YAML.
func (r *reader) document(text []byte, source string) layer {
	doc, err := onlyDocument(text)
	if tabs := tabbedLines(text); err != nil && len(tabs) > 0 {
		for _, line := range tabs {
			r.note(at(source, line), "", "is indented with a tab; YAML allows only spaces")
		}
		// With spaces for tabs, whatever else is wrong can be noted as well.
		if doc, err = onlyDocument(bytes.ReplaceAll(text, []byte("\t"), []byte("  "))); err != nil {
			return nil
		}
	}
	if err != nil {
		r.unreadable(source, err)
		return nil
	}
	w := walker{r, source, layer{}}
	w.section(doc, "")
	return w.settings
}

// onlyDocument returns the one document of a text, or an empty one if there are
// only comments.
func onlyDocument(text []byte) (*yaml.Node, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return &yaml.Node{Kind: yaml.MappingNode}, nil
	} else if err != nil {
		return nil, err
	}
	switch err := d.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("yaml: line %d: a second document begins here", second.Line)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return doc.Content[0], nil
}

// tabbedLines returns the numbers of the lines that are indented with a tab: the
// usual reason why a text is not YAML, which the parser does not name.
func tabbedLines(text []byte) []int {
	var lines []int
	for i, line := range bytes.Split(text, []byte("\n")) {
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if bytes.ContainsRune(indent, '\t') && len(bytes.TrimSpace(line)) > 0 {
			lines = append(lines, i+1)
		}
	}
	return lines
}

var yamlError = regexp.MustCompile(`(?s)^(?:yaml: )?(?:line (\d+): )?(.*)$`)

// unreadable notes why a text is not YAML.
func (r *reader) unreadable(source string, err error) {
	found := yamlError.FindStringSubmatch(err.Error())
	if line := found[1]; line != "" {
		source += ":" + line
	}
	r.note(source, "", "cannot be read as YAML: %s", found[2])
}

func at(source string, line int) string { return source + ":" + strconv.Itoa(line) }

// walker collects the settings of one document.
type walker struct {
	*reader
	source   string
	settings layer
}

func (w *walker) at(n *yaml.Node) string { return at(w.source, n.Line) }

// section reads the keys of a section.
func (w *walker) section(n *yaml.Node, path string) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" { // all its keys are commented out
		return
	}
	if n.Kind != yaml.MappingNode {
		w.note(w.at(n), path, "is a section: write its keys below it, indented")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		inner := join(path, name.Value)
		if first, twice := seen[inner]; twice {
			w.note(w.at(name), inner, "is set twice; first on line %d", first)
			continue
		}
		seen[inner] = name.Line
		w.member(name, value, inner)
	}
}

// member reads what one name in a section is set to.
func (w *walker) member(name, value *yaml.Node, path string) {
	k, isSection := w.schema.byPath[path], w.schema.isSection(path)
	switch {
	case k == nil && !isSection:
		w.note(w.at(name), path, "there is no such key%s", meant(w.schema.nearestPath(path)))
	case strings.Contains(name.Value, "."):
		w.note(w.at(name), path, "names with dots are for flags; in a file, write each part on a line of its own, indented below the one before")
	case value.Kind == yaml.AliasNode:
		w.note(w.at(value), path, "is an alias; write out what it stands for")
	case isSection:
		w.section(value, path)
	default:
		w.value(k, value)
	}
}

// value reads the value of a key.
func (w *walker) value(k *key, n *yaml.Node) {
	switch wants := wanted(k.kind); {
	case n.Kind == yaml.MappingNode:
		w.note(w.at(n), k.path, "must be %s, not a section", wants)
	case n.Kind == yaml.SequenceNode && isList(k.kind):
		w.list(k, n)
	case n.Kind == yaml.SequenceNode:
		w.note(w.at(n), k.path, "must be %s, not a list", wants)
	case n.Tag == "!!null":
		w.note(w.at(n), k.path, "has no value; write %s, or remove the line", wants)
	case isList(k.kind):
		w.refuse(k, n.Value, w.at(n), errors.New("must be "+wants))
	default:
		w.put(w.settings, k, n.Value, w.at(n))
	}
}

func (w *walker) list(k *key, n *yaml.Node) {
	items := make([]string, len(n.Content))
	for i, item := range n.Content {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			w.note(w.at(item), k.path, "item %d must be %s", i+1, wanted(k.kind.Elem()))
			return
		}
		items[i] = item.Value
	}
	value, err := parseList(items, k.kind)
	w.add(w.settings, setting{k, value, "[" + strings.Join(items, ", ") + "]", w.at(n)}, err)
}

// Watch calls changed whenever the file is written or replaced, until the process
// ends.
func Watch(path string, changed func()) error {
	// Where no more files can be watched, viper would end the process.
	probe, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("cannot watch %s: %w", path, err)
	}
	_ = probe.Close() // it watched nothing
	v := viper.NewWithOptions(viper.WithLogger(slog.New(slog.DiscardHandler)))
	v.SetConfigFile(path)
	v.SetConfigType("yaml")
	v.OnConfigChange(func(fsnotify.Event) { changed() })
	v.WatchConfig()
	return nil
}
