package run

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{
		0:        3100, // of at least 1 MB, to 32 MB
		3 << 20:  1500, // to 48 MB
		10 << 20: 300,  // to 40 MB
		16 << 20: 100,
		1 << 30:  100,
	} {
		if got := heapGrowth(live); got != want {
			t.Errorf("%d bytes may grow by %d %%, want %d", live, got, want)
		}
	}
}

func configuredGrowth() int {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return int(sample[0].Value.Uint64())
}

// The collector is adjusted again after each collection. This is seen in a process of
// its own, whose heap is small.
func TestEaseCollector(t *testing.T) {
	const alone = "TEST_EASE_COLLECTOR"
	if os.Getenv(alone) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEaseCollector$")
		cmd.Env = append(os.Environ(), alone+"=yes", "GOGC=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	easeCollector()
	if p := configuredGrowth(); p <= heapDoubling {
		t.Fatalf("a small heap may grow by %d %%", p)
	}
	large := make([]byte, heapFloor)
	for deadline := time.Now().Add(10 * time.Second); configuredGrowth() > heapDoubling; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("a heap of %d bytes may still grow by %d %%", len(large), configuredGrowth())
		}
	}
	runtime.KeepAlive(large)
}

func TestEaseCollectorObeys(t *testing.T) {
	t.Setenv("GOGC", "75")
	before := configuredGrowth()
	easeCollector()
	if after := configuredGrowth(); after != before {
		t.Errorf("GOGC says how often to collect, and yet %d %% became %d %%", before, after)
	}
}
