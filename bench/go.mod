// The benchmarks have a module of their own, so that what they compare with is
// nothing that the command or a project requires.
module github.com/outgrowkit/outgrow/bench

go 1.26.0

replace github.com/outgrowkit/outgrow => ../
