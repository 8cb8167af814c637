// Package prove holds the proofs of outgrow's promises: tests that scaffold
// whole projects, build them, run them, send them requests, and kill them.
package prove
