// Builds a kustomization again and again in one process, as a Go program that embeds Kustomize would.
// Usage: krusty DIRECTORY RUNS. Prints the median CPU time of a build in milliseconds.
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"syscall"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func cpuMs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	ms := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e3 + float64(t.Usec)/1e3 }
	return ms(usage.Utime) + ms(usage.Stime)
}

func main() {
	runs, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	builder := krusty.MakeKustomizer(krusty.MakeDefaultOptions())
	var times []float64
	for range runs {
		before := cpuMs()
		objects, err := builder.Run(filesys.MakeFsOnDisk(), os.Args[1])
		if err != nil {
			panic(err)
		}
		if _, err := objects.AsYaml(); err != nil {
			panic(err)
		}
		times = append(times, cpuMs()-before)
	}
	sort.Float64s(times)
	fmt.Println(times[len(times)/2])
}
