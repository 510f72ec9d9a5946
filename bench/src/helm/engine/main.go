// Loads and renders a chart again and again in one process, as a Go program that embeds Helm would.
// Usage: helm-engine CHART RUNS. Prints the median CPU time of one load and render in milliseconds.
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"syscall"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
)

func cpuMs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	ms := func(t syscall.Timeval) float64 { return float64(t.Sec)*1e3 + float64(t.Usec)/1e3 }
	return ms(usage.Utime) + ms(usage.Stime)
}

func render(path string) {
	chart, err := loader.Load(path)
	if err != nil {
		panic(err)
	}
	if err := chartutil.ProcessDependencies(chart, nil); err != nil {
		panic(err)
	}
	release := common.ReleaseOptions{Name: "rel", Namespace: "default", Revision: 1, IsInstall: true}
	values, err := util.ToRenderValues(chart, nil, release, common.DefaultCapabilities)
	if err != nil {
		panic(err)
	}
	if _, err := engine.Render(chart, values); err != nil {
		panic(err)
	}
}

func main() {
	runs, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	var times []float64
	for range runs {
		before := cpuMs()
		render(os.Args[1])
		times = append(times, cpuMs()-before)
	}
	sort.Float64s(times)
	fmt.Println(times[len(times)/2])
}
