package prove

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tenServices are those of a project that has grown.
var tenServices = []string{
	"order customer:string total:int64 status:enum:draft,paid,sent", "receipt order:uuid amount:int64", "customer name:string email:string",
	"product title:string price:int64 tags:[]string", "invoice order:uuid due:time", "shipment order:uuid address:text",
	"payment invoice:uuid amount:int64", "review product:uuid stars:int text:text?", "coupon code:string percent:int",
	"supplier name:string country:string?",
}

// services is how many there are on the hundredth day.
var services = flag.Int("services", len(tenServices), "how many services the project of TestHundredthDay has")

// manyServices returns n services, those after the first ten like them but for their names.
func manyServices(n int) []string {
	var all []string
	for i := range n {
		s := tenServices[i%len(tenServices)]
		if again := i / len(tenServices); again > 0 {
			s = strings.Repeat(string(rune('a'+again-1)), 2) + "_" + s
		}
		all = append(all, s)
	}
	return all
}

// TestHundredthDay prints how long commands take on a project of many services with
// warm caches: as it is, and after a field was added. The field is another one each time,
// or what it costs to compile would be in the cache.
func TestHundredthDay(t *testing.T) {
	if !*timings {
		t.Skip("compiles a project of many services; only with -timings")
	}
	p := scaffold(t, manyServices(*services)...)
	p.run(t, "env", "GOFLAGS=-mod=readonly", "go", "build", "./...") // as its owner builds it
	fmt.Printf("%d services, %d files; of three runs each the median, and the time of all processors\n", *services, count(t, p.dir))
	for _, c := range [][]string{{outgrow, "check"}, {outgrow, "generate"}, {"go", "build", "./..."}} {
		p.measure(t, "", 0, 3, c...)
	}
	note := fmt.Sprintf("\tNote%d *string\n", time.Now().UnixNano())
	p.edit(t, "domain/order/order.go", "\tTotal    int64\n", "\tTotal    int64\n"+note)
	p.run(t, "gofmt", "-w", "domain/order/order.go")
	const added = ", a field was added"
	p.measure(t, added, 1, 3, outgrow, "check")
	p.measure(t, added, 0, 1, outgrow, "generate")
	p.measure(t, added, 0, 1, "go", "build", "./...")
	p.measure(t, added, 0, 3, outgrow, "check")
	p.measure(t, "", 0, 1, outgrow, "add", "field", "order", "remark:text?")
	p.measure(t, "", 0, 1, outgrow, "add", "service", "refund", "order:uuid")
}

// measure runs a command some times, which must exit with the code, and prints how
// long it took.
func (p project) measure(t *testing.T, when string, code, times int, args ...string) {
	t.Helper()
	var took, worked []time.Duration
	for range times {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir, cmd.Env = p.dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
		began := time.Now()
		out, err := cmd.CombinedOutput()
		took = append(took, time.Since(began))
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
			t.Fatalf("%s: %v, want exit code %d\n%s", strings.Join(args, " "), err, code, out)
		}
		worked = append(worked, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	slices.Sort(took)
	slices.Sort(worked)
	name := strings.Join(append([]string{filepath.Base(args[0])}, args[1:]...), " ") + when
	fmt.Printf("%-36s %6.2f s %6.2f s\n", name, took[times/2].Seconds(), worked[times/2].Seconds())
}

// count returns how many files a folder has.
func count(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
