package brokerbus_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestPageIsTrue shows that the code in docs/write-an-adapter.md is that of this package
// and its tests.
func TestPageIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../../docs/write-an-adapter.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range []string{"driver.go", "toy_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) == 0 {
		t.Fatal("the page has no code")
	}
	for _, block := range blocks {
		if !strings.Contains(code.String(), block[1]) {
			t.Errorf("this is not in the code:\n%s", block[1])
		}
	}
}
