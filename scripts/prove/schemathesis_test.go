package prove

import (
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var examples = flag.Int("examples", 50, "how many requests TestSchemathesis makes up for each check of each operation")

// schemathesisConfig has Schemathesis know that 428 (RFC 6585) is the answer to a
// missing If-Match, and that 412 may be that to a body which breaks a rule: the rules are
// for what still has the version.
const schemathesisConfig = `[checks.missing_required_header]
expected-statuses = [400, 428]

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 429, 503]
`

// schemathesisHooks makes each Idempotency-Key another one. Two requests with one
// key are one request, and the second is told what the first was, also where what
// the first created has been deleted since; Schemathesis would look for it.
const schemathesisHooks = `import uuid
import schemathesis

@schemathesis.hook
def map_headers(context, headers):
    if headers and headers.get("Idempotency-Key"):
        headers["Idempotency-Key"] = str(headers["Idempotency-Key"]) + uuid.uuid4().hex
    return headers
`

// TestSchemathesis lets Schemathesis, which makes up requests from the served
// OpenAPI document, valid ones and invalid ones, look for answers that are
// server errors or that the document does not describe.
func TestSchemathesis(t *testing.T) {
	if _, err := exec.LookPath("schemathesis"); err != nil {
		t.Skip("schemathesis is not installed (pip install schemathesis)")
	}
	s := start(t, everyTypeShop(t).binary, t.TempDir(), freeAddr(t), "--set", "log.level=error")
	for _, c := range everyType {
		s.must(t, http.StatusCreated, http.MethodPost, c.path, c.create)
	}
	// positive_data_acceptance is left out because a schema cannot say all that
	// the domain demands, such as a line that is not blank.
	cmd := exec.CommandContext(t.Context(), "schemathesis", "run", s.url+"/openapi.json",
		"--checks", "all", "--exclude-checks", "positive_data_acceptance",
		"--max-examples", strconv.Itoa(*examples), "--seed", "1", "--continue-on-failure", "--suppress-health-check", "all")
	cmd.Dir = t.TempDir()
	for file, text := range map[string]string{"schemathesis.toml": schemathesisConfig, "hooks.py": schemathesisHooks} {
		if err := os.WriteFile(filepath.Join(cmd.Dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Env = append(os.Environ(), "SCHEMATHESIS_HOOKS=hooks")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("schemathesis: %v\n%s\n%s", err, out, s.output.String())
	}
	summary := string(out)
	if i := strings.LastIndex(summary, "SUMMARY"); i >= 0 {
		summary = summary[i:]
	}
	t.Log(summary)
	s.stop(t)
}
