package run

import (
	"strings"
	"testing"
)

// TestChangesOfTheFile changes the configuration file while the service runs.
func TestChangesOfTheFile(t *testing.T) {
	p, _, _ := testProgram(t, "--http.addr=127.0.0.1:0", "--log.format=json")
	writeFile(t, "config.yaml", "log:\n  level: info\n")
	log, _, stop := testServing(t, p)
	writeFile(t, "config.yaml", "log:\n  level: info\nbutler:\n  name: Anthony\n")
	if line := log.await("butler.name has changed: it needs a restart"); line["value"] != "Anthony" || line["source"] != "config.yaml:4" {
		t.Errorf("logged %v", line)
	}
	writeFile(t, "config.yaml", "log:\n  level: loud\n")
	line := log.await("the changed configuration is invalid; the service keeps the previous one")
	if where, _ := line["where"].(string); !strings.Contains(where, "config.yaml:2: log.level = loud") {
		t.Errorf("logged %v", line)
	}
	writeFile(t, "config.yaml", "log:\n  level: debug\nbutler:\n  name: Anthony\n")
	log.await("log.level has changed")
	stop()
	log.await("OnStop hook executing") // which is a line for debugging
}
