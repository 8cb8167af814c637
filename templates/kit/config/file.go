package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile is the size that a file may have: many times what a person writes.
const maxFile = 1 << 20

var errLarge = fmt.Errorf("is larger than %d bytes: it is not a configuration", maxFile)

// file has viper read a file.
func (r *reader) file(path string) {
	if path == "" {
		return
	}
	r.viper.SetConfigFile(path)
	r.viper.SetConfigType("yaml") // and JSON, whatever the file is called
	if err := r.viper.ReadInConfig(); err != nil {
		r.note(path, "", "%s", reason(err))
	}
}

// readFile reads the file of a secret.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(text) > maxFile {
		return nil, errLarge
	}
	return text, nil
}

// reason returns why a file cannot be read, without its path, which the mistake
// names.
func reason(err error) error {
	e, ok := errors.AsType[*fs.PathError](err)
	switch {
	case !ok:
		return err
	case e.Op == "open":
		return fmt.Errorf("cannot be opened: %w", e.Err)
	default:
		return fmt.Errorf("cannot be read: %w", e.Err)
	}
}

// document reads the settings of a text in YAML, and notes mistakes.
func (r *reader) document(text []byte, source string) []setting {
	doc, err := onlyDocument(text)
	if tabs := tabbedLines(text); err != nil && len(tabs) > 0 {
		for _, line := range tabs {
			r.note(source+":"+strconv.Itoa(line), "", "is indented with a tab; YAML allows only spaces")
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
	if doc == nil {
		return nil
	}
	w := walker{reader: r, source: source}
	w.section(doc, r.schema.root)
	return w.settings
}

// onlyDocument returns the one document of a text, or nil if there are only
// comments.
func onlyDocument(text []byte) (*yaml.Node, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := d.Decode(&second); err == nil {
		return nil, fmt.Errorf("yaml: line %d: a second document begins here", second.Line)
	} else if !errors.Is(err, io.EOF) {
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

var lineOfError = regexp.MustCompile(`^yaml: line (\d+): `)

// unreadable notes why a text is not YAML.
func (r *reader) unreadable(source string, err error) {
	problem := err.Error()
	if found := lineOfError.FindStringSubmatch(problem); found != nil {
		source += ":" + found[1]
		problem = problem[len(found[0]):]
	}
	r.note(source, "", "cannot be read as YAML: %s", strings.TrimPrefix(problem, "yaml: "))
}

func at(source string, n *yaml.Node) string { return source + ":" + strconv.Itoa(n.Line) }

// walker collects the settings of one document.
type walker struct {
	*reader
	source   string
	settings []setting
}

// section reads the keys of a section.
func (w *walker) section(n *yaml.Node, part *section) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null": // all its keys are commented out
		return
	case n.Kind == yaml.AliasNode:
		w.note(at(w.source, n), part.path, "is an alias; write out what it stands for")
		return
	case n.Kind != yaml.MappingNode:
		w.note(at(w.source, n), part.path, "is a section: write its keys below it, indented")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := name.Value
		if part.path != "" {
			path = part.path + "." + path
		}
		if first, twice := seen[path]; twice {
			w.note(at(w.source, name), path, "is set twice; first on line %d", first)
			continue
		}
		seen[path] = name.Line
		w.member(name, value, path)
	}
}

// member reads what one name in a section is set to.
func (w *walker) member(name, value *yaml.Node, path string) {
	nested := !strings.Contains(name.Value, ".")
	if part := w.schema.part(path); part != nil && nested {
		w.section(value, part)
		return
	}
	k := w.schema.byPath[path]
	switch {
	case k == nil:
		w.note(at(w.source, name), path, "there is no such key%s", meant(w.schema.nearestPath(path)))
	case !nested:
		w.note(at(w.source, name), path, "names with dots are for flags; in a file, write each part on a line of its own, indented below the one before")
	default:
		w.value(k, value)
	}
}

// value reads the value of a key.
func (w *walker) value(k *key, n *yaml.Node) {
	where := at(w.source, n)
	switch {
	case n.Kind == yaml.AliasNode:
		w.note(where, k.path, "is an alias; write out what it stands for")
	case n.Kind == yaml.MappingNode:
		w.note(where, k.path, "must be %s, not a section", wanted(k.kind))
	case n.Kind == yaml.SequenceNode && isList(k.kind):
		w.list(k, n)
	case n.Kind == yaml.SequenceNode:
		w.note(where, k.path, "must be %s, not a list", wanted(k.kind))
	case n.Tag == "!!null":
		w.note(where, k.path, "has no value; write %s, or remove the line", wanted(k.kind))
	case isList(k.kind):
		w.refuse(k, n.Value, where, "must be "+wanted(k.kind))
	default:
		w.add(k, n.Value, where)
	}
}

func (w *walker) list(k *key, n *yaml.Node) {
	items := make([]string, len(n.Content))
	for i, item := range n.Content {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			w.note(at(w.source, item), k.path, "item %d must be %s", i+1, wanted(k.kind.Elem()))
			return
		}
		items[i] = item.Value
	}
	text := "[" + strings.Join(items, ", ") + "]"
	value, err := parseList(items, k.kind)
	if err != nil {
		w.refuse(k, text, at(w.source, n), err.Error())
		return
	}
	w.settings = append(w.settings, setting{key: k, value: value, text: text, source: at(w.source, n)})
}

func (w *walker) add(k *key, text, where string) {
	w.settings = w.put(w.settings, k, text, where)
}

// put adds a setting, if the text is a value of the key. If the key is for the
// path of a file, it adds the secret in the file.
func (r *reader) put(settings []setting, k *key, text, where string) []setting {
	if k.file != nil {
		secret, err := readFile(text)
		if err != nil {
			r.refuse(k, text, where, err.Error())
			return settings
		}
		k, where = k.file, where+" ("+text+")"
		text = strings.TrimRight(string(secret), "\r\n")
	}
	for _, other := range settings {
		if other.key == k {
			r.note(where, k.path, "is set twice; first by %s", other.source)
			return settings
		}
	}
	if s, ok := r.take(k, text, where); ok {
		settings = append(settings, s)
	}
	return settings
}

// fromFiles returns those of the settings of variables or flags that are in a
// file which the variable or flag names; viper has the others.
func (r *reader) fromFiles(settings []setting) []setting {
	return slices.DeleteFunc(settings, func(s setting) bool { return r.sources[s.key.path] == s.source })
}
