package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/config"
)

// TestMistakes has each mistake that can be made, with what is told about it.
func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		name string
		file string
		env  []string
		set  []string
		want string
	}{
		{
			name: "unknown key",
			file: "http:\n  adr: :80\n",
			want: "config.yaml:2: http.adr\n    there is no such key; did you mean http.addr?",
		},
		{
			name: "unknown key in other letters",
			file: "http:\n  Read-Timeout: 5s\n",
			want: "config.yaml:2: http.Read-Timeout\n    there is no such key; did you mean http.read_timeout?",
		},
		{
			name: "unknown key that nothing is near to",
			file: "colour: red\n",
			want: "config.yaml:1: colour\n    there is no such key",
		},
		{
			name: "key outside its section",
			file: "addr: :80\n",
			want: "config.yaml:1: addr\n    there is no such key; did you mean http.addr?",
		},
		{
			name: "unknown section",
			file: "htpp:\n  addr: :80\n",
			want: "config.yaml:1: htpp\n    there is no such key; did you mean http?",
		},
		{
			name: "dotted key",
			file: "http.addr: :80\n",
			want: "config.yaml:1: http.addr\n    names with dots are for flags; in a file, write each part on a line of its own, indented below the one before",
		},
		{
			name: "dotted section",
			file: "store.sqlite:\n  path: data/shop.db\n",
			want: "config.yaml:1: store.sqlite\n    names with dots are for flags; in a file, write each part on a line of its own, indented below the one before",
		},
		{
			name: "key without a name",
			file: "\"\":\n  name: a\n",
			want: "config.yaml:1\n    there is no such key",
		},
		{
			name: "section with a value",
			file: "http: :80\n",
			want: "config.yaml:1: http\n    is a section: write its keys below it, indented",
		},
		{
			name: "file that is no mapping",
			file: "- a\n- b\n",
			want: "config.yaml:1\n    is a section: write its keys below it, indented",
		},
		{
			name: "key with keys",
			file: "http:\n  addr:\n    host: a\n",
			want: "config.yaml:3: http.addr\n    must be a text, not a section",
		},
		{
			name: "key with a list",
			file: "http:\n  read_timeout: [1s]\n",
			want: "config.yaml:2: http.read_timeout\n    must be a duration such as 500ms, 15s or 1m30s, not a list",
		},
		{
			name: "key without a value",
			file: "http:\n  addr:\n",
			want: "config.yaml:2: http.addr\n    has no value; write a text, or remove the line",
		},
		{
			name: "list without brackets",
			file: "http:\n  allow_origins: https://a.example\n",
			want: "config.yaml:2: http.allow_origins = https://a.example\n    must be a list such as [a, b]",
		},
		{
			name: "list of lists",
			file: "http:\n  allow_origins:\n    - a\n    - [b]\n",
			want: "config.yaml:4: http.allow_origins\n    item 2 must be a text",
		},
		{
			name: "list with a wrong item",
			file: "store:\n  server:\n    waits: [1s, 2]\n",
			want: "config.yaml:3: store.server.waits = [1s, 2]\n    item 2 has no unit; write a duration such as 2ms, 2s or 2m",
		},
		{
			name: "duplicate key",
			file: "name: a\nhttp:\n  addr: :80\nname: b\n",
			want: "config.yaml:4: name\n    is set twice; first on line 1",
		},
		{
			name: "tab",
			file: "http:\n\taddr: :80\n\tread_timeout: 5\n",
			want: "config.yaml:2\n    is indented with a tab; YAML allows only spaces\n" +
				"config.yaml:3\n    is indented with a tab; YAML allows only spaces\n" +
				"config.yaml:3: http.read_timeout = 5\n    has no unit; write a duration such as 5ms, 5s or 5m",
		},
		{
			name: "tab and spaces",
			file: "http:\n    addr: :80\n\tread_timeout: 5\n",
			want: "config.yaml:3\n    is indented with a tab; YAML allows only spaces",
		},
		{
			name: "no YAML",
			file: "http:\n  addr: \"open\n",
			want: "config.yaml:2\n    cannot be read as YAML: found unexpected end of stream",
		},
		{
			name: "second document",
			file: "name: a\n---\nname: b\n",
			want: "config.yaml:2\n    cannot be read as YAML: a second document begins here",
		},
		{
			name: "alias",
			file: "name: &n a\nhttp: *n\nstore:\n  adapter: *n\n",
			want: "config.yaml:2: http\n    is an alias; write out what it stands for\n" +
				"config.yaml:4: store.adapter\n    is an alias; write out what it stands for",
		},
		{
			name: "duration without a unit",
			file: "http:\n  read_timeout: 15\n",
			want: "config.yaml:2: http.read_timeout = 15\n    has no unit; write a duration such as 15ms, 15s or 15m",
		},
		{
			name: "no duration",
			file: "http:\n  read_timeout: soon\n",
			want: "config.yaml:2: http.read_timeout = soon\n    must be a duration such as 500ms, 15s or 1m30s",
		},
		{
			name: "no boolean",
			file: "store:\n  migrate: yes\n",
			want: "config.yaml:2: store.migrate = yes\n    must be true or false",
		},
		{
			name: "no whole number",
			file: "http:\n  max_body: 1MB\n  port: 80.5\n",
			want: "config.yaml:2: http.max_body = 1MB\n    must be a whole number\n" +
				"config.yaml:3: http.port = 80.5\n    must be a whole number",
		},
		{
			name: "number out of range",
			file: "http:\n  max_body: 3000000000\n  port: -1\n",
			want: "config.yaml:2: http.max_body = 3000000000\n    must be between -2147483648 and 2147483647\n" +
				"config.yaml:3: http.port = -1\n    must be a whole number between 0 and 65535",
		},
		{
			name: "no number",
			file: "store:\n  ratio: .inf\n",
			want: "config.yaml:2: store.ratio = .inf\n    must be a number",
		},
		{
			name: "text that a type refuses",
			file: "store:\n  server:\n    since: yesterday\n",
			want: "config.yaml:3: store.server.since = yesterday\n" +
				"    parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"",
		},
		{
			name: "rule of a section",
			file: "http:\n  addr: nowhere\n",
			want: "config.yaml:2: http.addr = nowhere\n    must be host:port",
		},
		{
			name: "rule between two keys",
			file: "http:\n  read_timeout: 3m\n",
			want: "built-in config.yaml:6: http.write_timeout = 2m\n    must be longer than http.read_timeout",
		},
		{
			name: "rule between two keys, one of which cannot be read",
			file: "http:\n  read_timeout: 3m\n",
			env:  []string{"SHOP_HTTP_READ_TIMEOUT=soon"},
			want: "SHOP_HTTP_READ_TIMEOUT: http.read_timeout = soon\n    must be a duration such as 500ms, 15s or 1m30s",
		},
		{
			name: "rule of an inner section",
			set:  []string{"store.sqlite.path=/"},
			want: "--set: store.sqlite.path = /\n    must be a file",
		},
		{
			name: "unknown adapter",
			env:  []string{"SHOP_STORE_ADAPTER=postgers"},
			want: "SHOP_STORE_ADAPTER: store.adapter = postgers\n    must be one of sqlite, postgres; did you mean postgres?",
		},
		{
			name: "unknown variable",
			env:  []string{"SHOP_HTTP_ADR=:80"},
			want: "SHOP_HTTP_ADR\n    there is no such key; did you mean SHOP_HTTP_ADDR?",
		},
		{
			name: "variable outside its section",
			env:  []string{"SHOP_ADAPTER=sqlite"},
			want: "SHOP_ADAPTER\n    there is no such key; did you mean SHOP_STORE_ADAPTER?",
		},
		{
			name: "variable that names a section",
			env:  []string{"SHOP_STORE=sqlite", "SHOP_STORE_SQLITE=data/shop.db"},
			want: "SHOP_STORE\n    is the section store; set a key in it: SHOP_STORE_ADAPTER, SHOP_STORE_MIGRATE, SHOP_STORE_RATIO, SHOP_STORE_SQLITE_PATH, …\n" +
				"SHOP_STORE_SQLITE\n    is the section store.sqlite; set a key in it: SHOP_STORE_SQLITE_PATH",
		},
		{
			name: "empty variable",
			env:  []string{"SHOP_STORE_MIGRATE=", "SHOP_HTTP_READ_TIMEOUT="},
			want: "SHOP_HTTP_READ_TIMEOUT: http.read_timeout = \"\"\n    must be a duration such as 500ms, 15s or 1m30s\n" +
				"SHOP_STORE_MIGRATE: store.migrate = \"\"\n    must be true or false",
		},
		{
			name: "what only looks like a service link",
			env:  []string{"SHOP_PORT=80", "SHOP_HTTP_PORT=tcp://10.0.0.1:80"},
			want: "SHOP_HTTP_PORT: http.port = tcp://10.0.0.1:80\n    must be a whole number\n" +
				"SHOP_PORT\n    there is no such key; did you mean SHOP_HTTP_PORT?",
		},
		{
			name: "setting without a value",
			set:  []string{"http.addr", "store.server.dsn:hunter2"},
			want: "--set http.addr\n    must be key=value, such as --set http.addr=…\n" +
				"--set store.server.dsn…\n    must be key=value, such as --set http.addr=…",
		},
		{
			name: "unknown setting",
			set:  []string{"http.readtimeout=5s"},
			want: "--set http.readtimeout\n    there is no such key; did you mean http.read_timeout?",
		},
		{
			name: "setting of a section",
			set:  []string{"store.sqlite=x"},
			want: "--set store.sqlite\n    is the section store.sqlite; set a key in it: store.sqlite.path",
		},
		{
			name: "value that is hard to see",
			set:  []string{"store.adapter= sqlite\t"},
			want: "--set: store.adapter = \" sqlite\\t\"\n    must be one of sqlite, postgres; did you mean sqlite?",
		},
		{
			name: "very long value",
			set:  []string{"http.port=" + strings.Repeat("9", 100)},
			want: "--set: http.port = " + strings.Repeat("9", 60) + "…\n    must be a whole number between 0 and 65535",
		},
		{
			name: "secret in no file",
			env:  []string{"SHOP_STORE_SERVER_DSN_FILE=/nowhere/dsn"},
			want: "SHOP_STORE_SERVER_DSN_FILE: store.server.dsn_file = /nowhere/dsn\n    cannot be opened: no such file or directory",
		},
		{
			name: "secret twice",
			env:  []string{"SHOP_STORE_SERVER_DSN=hunter2", "SHOP_STORE_SERVER_DSN_FILE=testdata/entries.txt"},
			want: "SHOP_STORE_SERVER_DSN_FILE (testdata/entries.txt): store.server.dsn\n    is set twice; first by SHOP_STORE_SERVER_DSN",
		},
		{
			name: "secret under a misspelt name",
			env:  []string{"SHOP_STORE_SERVER_DNS=hunter2"},
			file: "store:\n  server:\n    dns: hunter2\n",
			want: "config.yaml:3: store.server.dns\n    there is no such key; did you mean store.server.dsn?\n" +
				"SHOP_STORE_SERVER_DNS\n    there is no such key; did you mean SHOP_STORE_SERVER_DSN?",
		},
		{
			name: "one of each at once",
			file: "http:\n  read_timeout: 15\n  adr: :80\nstore:\n  migrate: maybe\n",
			env:  []string{"SHOP_HTTP=1", "SHOP_HTTP_MAX_BODY=lots"},
			set:  []string{"store.adapter=mysql"},
			want: "config.yaml:2: http.read_timeout = 15\n    has no unit; write a duration such as 15ms, 15s or 15m\n" +
				"config.yaml:3: http.adr\n    there is no such key; did you mean http.addr?\n" +
				"config.yaml:5: store.migrate = maybe\n    must be true or false\n" +
				"SHOP_HTTP\n    is the section http; set a key in it: SHOP_HTTP_ADDR, SHOP_HTTP_READ_TIMEOUT, SHOP_HTTP_WRITE_TIMEOUT, SHOP_HTTP_MAX_BODY, …\n" +
				"SHOP_HTTP_MAX_BODY: http.max_body = lots\n    must be a whole number\n" +
				"--set: store.adapter = mysql\n    must be one of sqlite, postgres",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, loaded, err := load(t, tt.file, tt.env, tt.set...)
			mistakes, ok := errors.AsType[config.Mistakes](err)
			if !ok || loaded != nil {
				t.Fatalf("got %v and %v", loaded, err)
			}
			if got := mistakes.Error(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("a secret is printed")
			}
		})
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "large.yaml", strings.Repeat("# large\n", 1<<18))
	for file, want := range map[string]string{
		"none.yaml":  "none.yaml\n    cannot be opened: no such file or directory",
		dir:          dir + "\n    cannot be read: is a directory",
		"large.yaml": "large.yaml\n    is larger than 1048576 bytes: it is not a configuration",
	} {
		var c shop
		_, err := config.Load(&c, config.Input{Defaults: []byte(defaults), File: file, Prefix: "SHOP"})
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", file, err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(defaults, "SHOP_HTTP_ADDR=:80", "http.addr=:80")
	f.Add("http: &a {addr: *a}\n---\n", "SHOP_=", "=")
	f.Add(defaults, "SHOP_NOTE=a_SERVICE_HOST=::1", "")
	f.Add("? [a]\n: b\n<<: {http: }\n", "SHOP_HTTP_PORT_1_TCP", "http.=")
	f.Fuzz(func(t *testing.T, text, variable, set string) {
		if name, value, _ := strings.Cut(variable, "="); name == "" || strings.ContainsRune(name+value, 0) {
			t.Skip("no such variable can be set")
		}
		setenv(t, []string{variable})
		var c shop
		loaded, err := config.Load(&c, config.Input{Defaults: []byte(text), Prefix: "SHOP", Set: []string{set}})
		if (loaded == nil) == (err == nil) {
			t.Errorf("got %v and %v", loaded, err)
		}
		if _, ok := errors.AsType[config.Mistakes](err); err != nil && !ok {
			t.Errorf("got %T: %v", err, err)
		}
	})
}
